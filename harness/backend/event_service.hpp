// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend_account.hpp"
#include "harness/backend/backend_server.hpp"
#include "harness/backend/reception.hpp"
#include "harness/backend/slot_account.hpp"
#include "harness/backend/time_queue.hpp"
#include "harness/call/clock.hpp"
#include "harness/net/http_server.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// Answers the requests of an HTTP server as a slow interface would: N slots that work first come
/// first served, a bounded waiting room, and work that goes on for callers already gone.
///
/// Working means that an instant is put into a queue of times. A slot passes from one call to the
/// next at the instant at which the first one was due, however late that was noticed; so under load
/// the rate is slots ÷ service time exactly. After warm-up a call allocates nothing.
/// One thread, the server's.
class EventService final : public HttpServer::Handler, private ClientWatcher {
 public:
  /// Sees to it that `advance` is called in time.
  class Alarm {
   public:
    Alarm() = default;
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;
    /// Nothing is due before `at`; `never` when nothing is due at all.
    virtual void set_for(Instant at) = 0;

   protected:
    ~Alarm() = default;
  };

  /// All references must outlive it; `observer` may be absent.
  EventService(const BackendServerSettings& settings, const Clock& clock, Alarm& alarm,
               RequestObserver* observer);

  /// Whose connections `/stats` tells of.
  void set_server(const HttpServer* server) noexcept { server_ = server; }

  void requested(const HttpRequest& request, HttpReply reply) override;
  /// Does what was due by `now`.
  void advance(Instant now);

 private:
  using WorkNumber = std::uint32_t;
  static constexpr WorkNumber no_work = 0xFFFF'FFFF;
  enum class Stage : std::uint8_t { waiting, working, hanging, sending };
  /// A request that was let in, until its answer has been given.
  struct Work {
    HttpReply reply;
    ServiceFate fate;
    Instant arrived_at = unobserved;
    Instant started_at = unobserved;
    std::optional<std::uint64_t> observed;  // the observer's number
    std::size_t sent = 0;                   // bytes of a body that is sent in pieces
    WorkNumber next = no_work;              // in the waiting room
    Stage stage = Stage::waiting;
    bool client_left = false;
  };

  void client_left(std::uint64_t token) override;

  void finish_due(Instant now);
  void set_alarm() { alarm_.set_for(due_.empty() ? never : due_.front_at()); }
  void serve(const HttpRequest& request, HttpReply reply);
  [[nodiscard]] ServiceFate fate_of(const HttpRequest& request);
  [[nodiscard]] WorkNumber let_in(const HttpRequest& request, HttpReply reply,
                                  const ServiceFate& fate);
  void start(WorkNumber number, Instant at);
  void finish(WorkNumber number, Instant at);
  void free_slot(Instant at);
  void answer(WorkNumber number);
  void send_piece(WorkNumber number, Instant at);
  void tell_observer(const Work& work, unsigned status);
  void remove(WorkNumber number) noexcept;
  [[nodiscard]] BackendStats stats(Instant now) const;

  const BackendServerSettings& settings_;
  const Clock& clock_;
  Alarm& alarm_;
  RequestObserver* observer_;
  const HttpServer* server_ = nullptr;
  const Instant started_at_;
  const std::string body_;  // of a good answer
  std::size_t piece_ = 0;   // bytes that the bandwidth allows in one gap
  Reception reception_;
  std::size_t free_slots_;
  SlotAccount account_;
  std::vector<Work> works_;
  std::vector<WorkNumber> free_works_;
  TimeQueue<WorkNumber> due_;  // ends of work, and pieces to be sent
  WorkNumber first_waiting_ = no_work;
  WorkNumber last_waiting_ = no_work;
  std::size_t waiting_ = 0;
  std::size_t peak_waiting_ = 0;
};

}  // namespace queuemeter
