// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/channel_pool.hpp"

namespace queuemeter {

ChannelPool::ChannelPool(SocketPoll& poll, HttpChannel::Owner& owner, const ChannelTarget& target,
                         ConnectionGauge& gauge, ConnectionLedger& ledger)
    : poll_{poll}, owner_{owner}, target_{target}, gauge_{gauge}, ledger_{ledger} {}

ChannelPool::~ChannelPool() {
  for (Seat& seat : seats_) {
    seat.channel->close();
    if (seat.is_open) {
      gauge_.closed();
    }
    tally_.closed(seat.mark, used_);
  }
  ledger_.add(tally_.account());
}

std::optional<ChannelPool::Place> ChannelPool::choose() {
  if (!idle_.empty()) {
    return idle_.last();
  }
  if (!roomy_.empty()) {
    return roomy_.last();
  }
  return open_another();
}

std::optional<ChannelPool::Place> ChannelPool::open_another() {
  if (used_ >= target_.limit) {
    return std::nullopt;
  }
  const Place place = free_seat();
  Seat& seat = seats_[place];
  seat.is_used = true;
  seat.address = preferred_address_;
  seat.mark = {};
  ++used_;
  connect(seat);
  return place;
}

ChannelPool::Place ChannelPool::free_seat() {
  if (!free_.empty()) {
    const Place place = free_.back();
    free_.pop_back();
    return place;
  }
  const auto place = static_cast<Place>(seats_.size());
  Seat& seat = seats_.emplace_back();
  seat.channel = target_.protocol == HttpClientSettings::Protocol::http_2
                     ? make_http2_channel(poll_, owner_, target_.rules)
                     : make_http1_channel(poll_, owner_, target_.rules);
  seat.channel->place = place;
  free_.reserve(seats_.size());  // so that `release` never allocates
  return place;
}

void ChannelPool::connect(Seat& seat) {
  const SocketAddress& to = target_.addresses[seat.address];
  if (target_.from.count > 0 && to.family() == AF_INET) {
    const SocketAddress from = SocketAddress::of_ipv4(target_.from.of_turn(turns_++));
    seat.channel->open(to, &from);
  } else {
    seat.channel->open(to, nullptr);
  }
}

void ChannelPool::refresh(Place place) {
  const Shelf shelf = shelf_of(seats_[place]);
  if (shelf != seats_[place].shelf) {
    put(place, shelf);
  }
}

ChannelPool::Shelf ChannelPool::shelf_of(const Seat& seat) const noexcept {
  if (!seat.is_used) {
    return Shelf::none;
  }
  const std::size_t load = seat.is_open ? seat.channel->under_way() : seat.waiting.size();
  const std::size_t room = seat.is_open ? seat.channel->room() : target_.rules.depth - load;
  if (room == 0) {
    return Shelf::none;
  }
  return seat.is_open && load == 0 ? Shelf::idle : Shelf::roomy;
}

void ChannelPool::put(Place place, Shelf shelf) {
  Seat& seat = seats_[place];
  if (seat.shelf != Shelf::none) {
    line_of(seat.shelf).leave(place, links());
  }
  seat.shelf = shelf;
  if (shelf != Shelf::none) {
    line_of(shelf).join(place, links());
  }
}

void ChannelPool::opened(Place place) {
  Seat& seat = seats_[place];
  seat.is_open = true;
  preferred_address_ = seat.address;
  gauge_.opened();
}

bool ChannelPool::try_next_address(Place place) {
  Seat& seat = seats_[place];
  if (seat.address + 1 >= target_.addresses.size()) {
    return false;
  }
  ++seat.address;
  connect(seat);
  return true;
}

void ChannelPool::release(Place place) {
  Seat& seat = seats_[place];
  if (seat.is_open) {
    gauge_.closed();
  }
  tally_.closed(seat.mark, used_);
  seat.is_open = false;
  seat.is_used = false;
  put(place, Shelf::none);
  free_.push_back(place);
  --used_;
}

void ChannelPool::close(Place place) noexcept { seats_[place].channel->close(); }

}  // namespace queuemeter
