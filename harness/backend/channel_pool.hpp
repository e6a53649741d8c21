// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/connection_gauge.hpp"
#include "harness/backend/connection_tally.hpp"
#include "harness/backend/number_line.hpp"
#include "harness/call/http_settings.hpp"
#include "harness/net/http_channel.hpp"
#include "harness/net/socket_address.hpp"
#include "harness/net/socket_poll.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace queuemeter {

/// Where the channels of a client lead.
struct ChannelTarget {
  std::vector<SocketAddress> addresses;  ///< at least one; tried in order
  HttpChannelRules rules;
  HttpClientSettings::Protocol protocol = HttpClientSettings::Protocol::http_1_1;
  SourceAddresses from;
  std::size_t limit = 1;  ///< channels open at once
};

/// The channels of one client: which of them takes the next request, and when a new one is opened.
///
/// A request goes to the idle channel that was used last, else to one that still has room, else to
/// a new one below the limit. A channel that is being opened keeps a line of those who wait for it.
/// Channels that have ended are opened again rather than made anew. One thread.
class ChannelPool {
 public:
  using Place = std::uint32_t;

  /// All of it must outlive the pool.
  ChannelPool(SocketPoll& poll, HttpChannel::Owner& owner, const ChannelTarget& target,
              ConnectionGauge& gauge, ConnectionLedger& ledger);
  ~ChannelPool();

  /// The channel for the next request; nothing where all are busy and no more may be opened.
  [[nodiscard]] std::optional<Place> choose();
  /// Begins to open another one, if the limit allows it.
  std::optional<Place> open_another();
  /// Channels that are open or being opened.
  [[nodiscard]] std::size_t size() const noexcept { return used_; }

  [[nodiscard]] bool is_open(Place place) const noexcept { return seats_[place].is_open; }
  [[nodiscard]] HttpChannel& channel(Place place) noexcept { return *seats_[place].channel; }
  /// Who waits until the channel is open.
  [[nodiscard]] NumberLine& waiting(Place place) noexcept { return seats_[place].waiting; }
  /// A request goes out on it.
  void asked(Place place) noexcept { tally_.asked(seats_[place].mark); }
  void answered(Place place) noexcept { tally_.answered(seats_[place].mark, used_); }
  /// To be told after anything has changed that decides how much room it has.
  void refresh(Place place);

  void opened(Place place);
  /// Tries the host's next address, if there is one.
  [[nodiscard]] bool try_next_address(Place place);
  /// The channel has ended, or could not be opened.
  void release(Place place);
  void close(Place place) noexcept;

 private:
  enum class Shelf : std::uint8_t { none, idle, roomy };
  struct Seat {
    std::unique_ptr<HttpChannel> channel;
    NumberLine waiting;
    NumberLine::Links links;  // on its shelf
    std::size_t address = 0;
    ConnectionTally::Mark mark;  // whether the server passes it over
    Shelf shelf = Shelf::none;
    bool is_used = false;
    bool is_open = false;
  };

  [[nodiscard]] Place free_seat();
  void connect(Seat& seat);
  [[nodiscard]] Shelf shelf_of(const Seat& seat) const noexcept;
  void put(Place place, Shelf shelf);
  [[nodiscard]] NumberLine& line_of(Shelf shelf) noexcept {
    return shelf == Shelf::idle ? idle_ : roomy_;
  }
  [[nodiscard]] auto links() noexcept {
    return [this](Place place) -> NumberLine::Links& { return seats_[place].links; };
  }

  SocketPoll& poll_;
  HttpChannel::Owner& owner_;
  const ChannelTarget& target_;
  ConnectionGauge& gauge_;
  ConnectionLedger& ledger_;
  ConnectionTally tally_;
  std::deque<Seat> seats_;
  std::vector<Place> free_;
  NumberLine idle_;
  NumberLine roomy_;
  std::size_t used_ = 0;
  std::size_t preferred_address_ = 0;  // the one that answered
  std::uint64_t turns_ = 0;            // of the source addresses
};

}  // namespace queuemeter
