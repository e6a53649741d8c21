// SPDX-License-Identifier: Apache-2.0
#include "harness/front/call_id_finder.hpp"

#include "harness/call/call_id.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <regex>
#include <string>

namespace queuemeter {

struct CallIdFinder::Expression {
  std::regex regex;
};

CallIdFinder::CallIdFinder(const CallIdRule& rule, std::uint64_t run_id)
    : rule_{rule}, run_id_{run_id} {
  if (rule_.place == CallIdRule::Place::header) {
    std::ranges::transform(rule_.text, rule_.text.begin(), [](char letter) {
      return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
  } else if (rule_.place == CallIdRule::Place::regex) {
    expression_ = std::make_unique<Expression>(
        Expression{std::regex{rule_.text, std::regex::ECMAScript | std::regex::optimize}});
  }
}

CallIdFinder::CallIdFinder(CallIdFinder&&) noexcept = default;
CallIdFinder& CallIdFinder::operator=(CallIdFinder&&) noexcept = default;
CallIdFinder::~CallIdFinder() = default;

std::optional<std::uint64_t> CallIdFinder::find(const HttpRequest& request) const {
  switch (rule_.place) {
    case CallIdRule::Place::header:
      return in_header(request);
    case CallIdRule::Place::url:
      return in_target(request.target);
    case CallIdRule::Place::json:
      return in_json(request.body.substr(0, longest_body));
    case CallIdRule::Place::regex:
      return by_expression(request);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> CallIdFinder::in_header(const HttpRequest& request) const {
  const std::optional<std::string_view> value = request.fields.find(rule_.text);
  return value.has_value() ? sequence_of(*value) : std::nullopt;
}

std::optional<std::uint64_t> CallIdFinder::in_target(std::string_view target) const {
  const std::string_view pattern = rule_.text;
  const std::size_t braces = pattern.find("{}");
  const std::string_view before = pattern.substr(0, braces);
  const std::string_view after = pattern.substr(braces + 2);
  const std::size_t found = target.find(before);
  if (found == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = target.substr(found + before.size());
  const std::size_t end = std::min(rest.find_first_of("/?&"), rest.size());
  return rest.substr(end).starts_with(after) ? sequence_of(rest.substr(0, end)) : std::nullopt;
}

std::optional<std::uint64_t> CallIdFinder::in_json(std::string_view body) const {
  const auto document = nlohmann::json::parse(body, nullptr, false);
  const nlohmann::json::json_pointer pointer{rule_.text};
  if (document.is_discarded() || !document.contains(pointer)) {
    return std::nullopt;
  }
  const nlohmann::json& value = document.at(pointer);
  if (value.is_number_unsigned()) {
    return value.get<std::uint64_t>();
  }
  return value.is_string() ? sequence_of(value.get_ref<const std::string&>()) : std::nullopt;
}

std::optional<std::uint64_t> CallIdFinder::by_expression(const HttpRequest& request) const {
  for (const std::string_view text : {request.target, request.body.substr(0, longest_body)}) {
    std::match_results<std::string_view::const_iterator> match;
    if (std::regex_search(text.begin(), text.end(), match, expression_->regex)) {
      return sequence_of({match[1].first, match[1].second});
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> CallIdFinder::sequence_of(std::string_view id) const noexcept {
  if (const auto call = parse_call_id(id); call.has_value()) {
    return call->run_id == run_id_ ? std::optional{call->sequence} : std::nullopt;
  }
  std::uint64_t sequence = 0;
  const char* const end = id.data() + id.size();
  const auto [stop, error] = std::from_chars(id.data(), end, sequence);
  return error == std::errc{} && stop == end && !id.empty() ? std::optional{sequence}
                                                            : std::nullopt;
}

}  // namespace queuemeter
