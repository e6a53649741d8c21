// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_id_rule.hpp"
#include "harness/net/http_request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace queuemeter {

/// Tells which call of a run a request belongs to that somebody else's site makes for it.
///
/// Immutable: safe from any thread. A JSON body and an expression are looked for in the first
/// `longest_body` bytes only, so that a strange request cannot take much time.
class CallIdFinder {
 public:
  static constexpr std::size_t longest_body = 65'536;

  CallIdFinder(const CallIdRule& rule, std::uint64_t run_id);
  CallIdFinder(CallIdFinder&&) noexcept;
  CallIdFinder& operator=(CallIdFinder&&) noexcept;
  ~CallIdFinder();

  /// The call's sequence, from `{call.id}` or from `{call.sequence}`; nothing where the request has
  /// no id in that place, or one of another run.
  [[nodiscard]] std::optional<std::uint64_t> find(const HttpRequest& request) const;

 private:
  struct Expression;  // hidden, because <regex> is heavy

  [[nodiscard]] std::optional<std::uint64_t> in_header(const HttpRequest& request) const;
  [[nodiscard]] std::optional<std::uint64_t> in_target(std::string_view target) const;
  [[nodiscard]] std::optional<std::uint64_t> in_json(std::string_view body) const;
  [[nodiscard]] std::optional<std::uint64_t> by_expression(const HttpRequest& request) const;
  [[nodiscard]] std::optional<std::uint64_t> sequence_of(std::string_view id) const noexcept;

  CallIdRule rule_;  // a header's name in lower case
  std::uint64_t run_id_;
  std::unique_ptr<Expression> expression_;  // of Place::regex
};

}  // namespace queuemeter
