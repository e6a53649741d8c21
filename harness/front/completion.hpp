// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/outcome.hpp"

#include <cstdint>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// The end of a call that somebody else reports than the answer to its request: a callback, or a
/// backend that is watched. Instants that the report does not tell are unobserved.
struct Completion {
  std::uint64_t sequence = 0;
  Outcome outcome = Outcome::completed;
  Reason reason = Reason::none;
  Instant taken_at = unobserved;
  Instant called_at = unobserved;
  Instant replied_at = unobserved;
  Instant returned_at = unobserved;  ///< when the report came to the caller, if it is one to him
};

/// What a source of completions has seen, whole run. Read when its thread has ended.
struct CompletionCounts {
  std::uint64_t received = 0;  ///< reports of calls of this run
  std::uint64_t forged = 0;    ///< refused: their token is not one that this run gave away
  std::uint64_t strange = 0;   ///< watched requests that carried no call's id
  std::uint64_t missed = 0;    ///< reports that found no room on their way here
};

/// Receives completions, on the thread of the loop that its source was opened with.
class CompletionSink {
 public:
  CompletionSink() = default;
  CompletionSink(const CompletionSink&) = delete;
  CompletionSink& operator=(const CompletionSink&) = delete;
  virtual ~CompletionSink() = default;
  virtual void completed(const Completion& completion) = 0;
};

/// Where completions come from: one for each offerer. It is made ready before the offerer's thread
/// starts, and used on that thread only from then on.
class CompletionSource {
 public:
  CompletionSource() = default;
  CompletionSource(const CompletionSource&) = delete;
  CompletionSource& operator=(const CompletionSource&) = delete;
  virtual ~CompletionSource() = default;

  /// Listens by the offerer's loop, which must outlive `close`. Nothing is reported before `open`.
  /// An error says why it cannot.
  [[nodiscard]] virtual Result<void> listen(boost::asio::io_context& loop) = 0;
  /// Begins to report, before the first call is offered.
  virtual void open(CompletionSink& sink) = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual CompletionCounts counts() const noexcept = 0;
};

}  // namespace queuemeter
