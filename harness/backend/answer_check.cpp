// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/answer_check.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace queuemeter {
namespace {

using nlohmann::json;

/// The value at a pointer as its text: of a text the text itself, without quotes.
bool has_value(const json& document, const std::string& pointer, const std::string& wanted) {
  try {
    const json& value = document.at(json::json_pointer{pointer});
    return value.is_string() ? value.get_ref<const std::string&>() == wanted
                             : value.dump() == wanted;
  } catch (const json::exception&) {
    return false;  // nothing there
  }
}

}  // namespace

Reason AnswerCheck::reason_of_status(unsigned status) noexcept {
  constexpr unsigned first_error = 400;
  constexpr unsigned too_many_requests = 429;
  constexpr unsigned service_unavailable = 503;
  if (status < first_error) {
    return Reason::wrong_answer;
  }
  if (status == too_many_requests) {
    return Reason::backend_quota;
  }
  return status == service_unavailable ? Reason::backend_refused : Reason::backend_error;
}

bool AnswerCheck::is_expected(std::string_view body) const {
  if (body.find(expected_.body) == std::string_view::npos) {
    return false;
  }
  if (expected_.json.empty()) {
    return true;
  }
  const json document = json::parse(body, nullptr, false);
  return !document.is_discarded() &&
         std::all_of(expected_.json.begin(), expected_.json.end(), [&](const auto& wanted) {
           return has_value(document, wanted.first, wanted.second);
         });
}

}  // namespace queuemeter
