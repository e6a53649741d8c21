// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/reception.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <system_error>

namespace queuemeter {
namespace {

/// The whole of the text as a number; nothing when it is empty or something else.
template <class Number>
std::optional<Number> number_in(std::string_view text) noexcept {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (text.empty() || failure != std::errc{} || stop != end) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

Reception::Reception(const ServiceModel& model) : model_{model} {
  if (model_.rate_limit) {
    quota_.emplace(*model_.rate_limit);
  }
}

Duration Reception::wait_of_quota(Instant now) {
  if (!model_.rate_limit) {
    return Duration{0};
  }
  const std::scoped_lock lock{mutex_};
  const Duration wait = quota_->wait(now);
  if (!quota_->admit(now)) {
    limited_.fetch_add(1, std::memory_order_relaxed);
  }
  return wait;
}

ServiceFate Reception::fate_of(const CallLabels& labels) {
  auto key = number_in<std::uint64_t>(labels.draw);
  if (!key) {
    key = number_in<std::uint64_t>(labels.sequence);
  }
  const auto class_index = number_in<std::uint16_t>(labels.class_index).value_or(0);
  return draw_fate(model_, class_index,
                   key ? *key : unnumbered_.fetch_add(1, std::memory_order_relaxed));
}

std::string retry_after(Duration wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return std::to_string(std::max<std::int64_t>(1, seconds));
}

std::string answer_body(std::size_t bytes) {
  constexpr std::string_view line = "ok\n";
  std::string body;
  body.reserve(bytes + line.size());
  while (body.size() < bytes) {
    body.append(line);
  }
  body.resize(bytes);
  return body;
}

}  // namespace queuemeter
