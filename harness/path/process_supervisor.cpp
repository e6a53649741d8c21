// SPDX-License-Identifier: Apache-2.0
#include "harness/path/process_supervisor.hpp"

#include "harness/path/process_worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <signal.h>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

namespace queuemeter {
namespace {

constexpr std::uint64_t bell_mark = ~std::uint64_t{0};
/// How long the supervisor sleeps without looking around.
constexpr Duration longest_sleep = std::chrono::milliseconds{100};
/// Between looks at a sink that had no room.
constexpr Duration room_slice = std::chrono::milliseconds{1};
/// A child that is asked to end does so within this, or is killed.
constexpr Duration patience_to_end = std::chrono::seconds{2};
/// The request may come just before the child waits, so it comes again.
constexpr Duration between_requests = std::chrono::milliseconds{20};
/// A child that could not even open its queue so many times in a row is started again after a
/// pause.
constexpr int most_starts_in_vain = 5;
constexpr Duration pause_after_vain_starts = std::chrono::seconds{1};

bool has_opened(ProcessStage stage) noexcept {
  return stage != ProcessStage::starting && stage != ProcessStage::failed;
}

}  // namespace

ProcessCrew::Supervisor::Supervisor(const Parts& parts, const Settings& settings,
                                    ProcessBoard board)
    : parts_{parts},
      settings_{settings},
      board_{std::move(board)},
      bell_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      epoll_{::epoll_create1(EPOLL_CLOEXEC)},
      account_{parts, settings_.orders},
      next_free_start_{parts.clock.now()} {
  for (std::size_t number = 0; number < settings_.count; ++number) {
    children_.push_back(std::make_unique<Child>(parts_));
    children_.back()->start_at = next_free_start_;
  }
}

Result<std::unique_ptr<ProcessCrew::Supervisor>> ProcessCrew::Supervisor::create(
    const Parts& parts, const Settings& settings) {
  Result<ProcessBoard> board = ProcessBoard::create(settings.count, encode(settings.orders));
  if (!board) {
    return board.error();
  }
  std::unique_ptr<Supervisor> made{new Supervisor{parts, settings, std::move(*board)}};
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = bell_mark;
  if (made->bell_.number() < 0 ||
      ::epoll_ctl(made->epoll_.number(), EPOLL_CTL_ADD, made->bell_.number(), &event) != 0) {
    return Error::unavailable(
        fmt::format("workers.kind: there is no descriptor left for worker processes ({}); raise "
                    "the limit with `ulimit -n`",
                    std::strerror(errno)));
  }
  return made;
}

void ProcessCrew::Supervisor::run(std::promise<Result<void>>& opened) {
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  const Instant give_up_at = parts_.clock.now() + settings_.patience;
  bool has_answered = false;
  while (!stopping_.load(std::memory_order_acquire)) {
    const Instant now = parts_.clock.now();
    const bool has_read = read_reports();
    const bool can_start = start_due(now);
    if (!has_answered) {
      std::optional<Result<void>> answer = all_opened();
      if (!answer.has_value() && (!can_start || now >= give_up_at)) {
        answer = Error::unavailable(
            can_start
                ? fmt::format("workers.count: {} worker processes were not ready within "
                              "{:.1f} s; use fewer",
                              settings_.count, to_seconds(settings_.patience))
                : fmt::format("workers.kind: a worker process cannot be had: {}", start_error_));
      }
      if (answer.has_value()) {
        opened.set_value(std::move(*answer));
        has_answered = true;
      }
    }
    if (!has_read) {
      sleep(std::min(now + longest_sleep, next_start()));
    }
  }
  stop_children();
  if (!has_answered) {
    opened.set_value(Error::unavailable("workers: the run was stopped before they were ready"));
  }
}

void ProcessCrew::Supervisor::ask_to_stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  constexpr std::uint64_t once = 1;
  [[maybe_unused]] const ssize_t written = ::write(bell_.number(), &once, sizeof once);
}

std::optional<Result<void>> ProcessCrew::Supervisor::all_opened() const {
  bool all = true;
  for (std::size_t number = 0; number < children_.size(); ++number) {
    const ProcessPlace& place = board_.places()[number];
    const ProcessStage stage = place.stage.load(std::memory_order_acquire);
    if (stage == ProcessStage::failed) {
      return Result<void>{Error::unavailable(std::string{last_words(place)})};
    }
    // A child that opened everything and has died since has shown that it can.
    all = all && (has_opened(stage) || place.taken.load(std::memory_order_relaxed) > 0);
  }
  return all ? std::optional{Result<void>{}} : std::nullopt;
}

bool ProcessCrew::Supervisor::start_due(Instant now) {
  bool can_start = true;
  for (std::size_t number = 0; number < children_.size(); ++number) {
    if (children_[number]->start_at <= now) {
      can_start = start(number, now) && can_start;
    }
  }
  return can_start;
}

bool ProcessCrew::Supervisor::start(std::size_t number, Instant now) {
  Child& child = *children_[number];
  ProcessPlace& place = board_.places()[number];
  place.life.fetch_add(1, std::memory_order_relaxed);
  place.started_at.store(to_nanoseconds(now), std::memory_order_relaxed);
  place.stage.store(ProcessStage::starting, std::memory_order_release);
  std::vector<std::string> words = settings_.command;
  words.push_back(std::to_string(number));
  const std::array inherited{board_.descriptor(), bell_.number()};
  Result<ChildProcess> started = ChildProcess::start(words, inherited);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = number;
  if (!started || ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, started->end_descriptor(), &event)) {
    child.start_at = now + longest_sleep;  // the machine may have room again soon
    start_error_ = started ? "there is no descriptor left to watch it" : started.error().what;
    return false;
  }
  child.process.emplace(std::move(*started));
  child.id.store(child.process->process_id(), std::memory_order_relaxed);
  child.start_at = never;
  started_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool ProcessCrew::Supervisor::read_reports() {
  bool has_read = false;
  for (std::size_t number = 0; number < children_.size(); ++number) {
    ProcessReport report;
    while (account_.hand_back_pending() && board_.places()[number].pop(report)) {
      account_.hand_back(report, children_[number]->desk);
      has_read = true;
    }
  }
  return has_read;
}

void ProcessCrew::Supervisor::reap(std::size_t number, Instant now) {
  Child& child = *children_[number];
  const std::optional<ChildEnd> end =
      child.process.has_value() ? child.process->reap() : std::nullopt;
  if (!end.has_value()) {
    return;
  }
  child.process.reset();  // closes what epoll watches
  child.id.store(0, std::memory_order_relaxed);
  cpu_of_the_dead_.fetch_add(end->cpu_time.count(), std::memory_order_relaxed);
  bury(number, *end, now);
  // Everybody may start again at once, but no more of them than so many in a second.
  const Duration gap = Rate::per_second(settings_.starts_per_second).mean_gap();
  next_free_start_ = std::max(next_free_start_ + gap, now);
  child.start_at =
      child.starts_in_vain < most_starts_in_vain ? next_free_start_ : now + pause_after_vain_starts;
}

void ProcessCrew::Supervisor::bury(std::size_t number, const ChildEnd& end, Instant now) {
  ProcessPlace& place = board_.places()[number];
  ProcessReport report;
  while (place.pop(report)) {
    account_.hand_back(report, children_[number]->desk);
  }
  const ProcessStage stage = place.stage.load(std::memory_order_acquire);
  Child& child = *children_[number];
  child.starts_in_vain = has_opened(stage) || end.killed ? 0 : child.starts_in_vain + 1;
  const std::int64_t since = place.busy_since.exchange(0, std::memory_order_relaxed);
  if (since != 0) {
    const Duration busy = std::max(Duration{0}, now - instant_from_nanoseconds(since));
    place.busy_nanoseconds.fetch_add(busy.count(), std::memory_order_relaxed);
  }
  const bool is_stopping = stopping_.load(std::memory_order_relaxed);
  if (end.left && stage == ProcessStage::ended) {
    recycled_.fetch_add(is_stopping ? 0 : 1, std::memory_order_relaxed);
    return;
  }
  crashed_.fetch_add(is_stopping ? 0 : 1, std::memory_order_relaxed);
  if (stage == ProcessStage::idle) {
    died_between_calls_.fetch_add(is_stopping ? 0 : 1, std::memory_order_relaxed);
  }
  account_.close(place, is_stopping, now);
}

Instant ProcessCrew::Supervisor::next_start() const noexcept {
  Instant first = never;
  for (const auto& child : children_) {
    first = std::min(first, child->start_at);
  }
  return first;
}

void ProcessCrew::Supervisor::sleep(Instant until) {
  if (account_.is_waiting()) {
    until = std::min(until, parts_.clock.now() + room_slice);
  }
  auto& sleeps = board_.head().parent_sleeps;
  sleeps.store(1, std::memory_order_seq_cst);  // pairs with the children's look at it
  const bool has_news =
      !account_.is_waiting() && std::ranges::any_of(board_.places(), [](const ProcessPlace& place) {
        return place.filled.load(std::memory_order_seq_cst) !=
               place.read.load(std::memory_order_relaxed);
      });
  const Duration left = has_news ? Duration{0} : std::max(Duration{0}, until - parts_.clock.now());
  std::array<epoll_event, 32> events{};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  const int count = ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(milliseconds));
  sleeps.store(0, std::memory_order_relaxed);
  for (int index = 0; index < count; ++index) {
    const std::uint64_t mark = events[static_cast<std::size_t>(index)].data.u64;
    if (mark == bell_mark) {
      std::uint64_t rings = 0;
      [[maybe_unused]] const ssize_t got = ::read(bell_.number(), &rings, sizeof rings);
    } else {
      reap(mark, parts_.clock.now());
    }
  }
}

void ProcessCrew::Supervisor::stop_children() {
  board_.stop_children();
  const Instant kill_at = parts_.clock.now() + patience_to_end;
  const Instant give_up_at = kill_at + patience_to_end;
  const auto any_lives = [this] {
    return std::ranges::any_of(children_,
                               [](const auto& child) { return child->process.has_value(); });
  };
  while (any_lives() || !account_.hand_back_pending()) {
    const Instant now = parts_.clock.now();
    if (!any_lives() && now >= give_up_at) {
      return;  // nobody reads the sink any more
    }
    for (const auto& child : children_) {
      if (child->process.has_value()) {
        child->process->send(now >= kill_at ? SIGKILL : SIGTERM);
      }
    }
    if (!read_reports()) {
      sleep(now + between_requests);
    }
  }
  static_cast<void>(read_reports());
}

WorkerCounts ProcessCrew::Supervisor::counts() const {
  WorkerCounts counts;
  for (const ProcessPlace& place : board_.places()) {
    counts.taken += place.taken.load(std::memory_order_relaxed);
    counts.retried += place.retried.load(std::memory_order_relaxed);
  }
  counts.started = started_.load(std::memory_order_relaxed);
  counts.recycled = recycled_.load(std::memory_order_relaxed);
  counts.crashed = crashed_.load(std::memory_order_relaxed);
  return counts;
}

Duration ProcessCrew::Supervisor::cpu_time() const {
  Duration sum{cpu_of_the_dead_.load(std::memory_order_relaxed)};
  for (const auto& child : children_) {
    sum += cpu_time_of(child->id.load(std::memory_order_relaxed));
  }
  return sum;
}

std::vector<pid_t> ProcessCrew::Supervisor::process_ids() const {
  std::vector<pid_t> ids;
  std::ranges::transform(children_, std::back_inserter(ids), [](const auto& child) {
    return child->id.load(std::memory_order_relaxed);
  });
  return ids;
}

}  // namespace queuemeter
