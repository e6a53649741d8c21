// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/backend_account.hpp"

#include "harness/call/clock.hpp"

#include <httplib.h>
#include <nlohmann/json.hpp>

namespace queuemeter {
namespace {

constexpr std::string_view schema = "queuemeter.backend/1";

}  // namespace

std::string to_json(const BackendStats& stats) {
  const BackendAccount& account = stats.account;
  return nlohmann::ordered_json{{"schema", schema},
                                {"slots", account.slots},
                                {"served", account.served},
                                {"wasted", account.wasted},
                                {"refused", account.refused},
                                {"limited", account.limited},
                                {"errors", account.errors},
                                {"hung", account.hung},
                                {"busy_seconds", account.busy_seconds},
                                {"service_seconds", account.service_seconds},
                                {"service_seconds_squared", account.service_seconds_squared},
                                {"connections", stats.connections},
                                {"connections_refused", stats.connections_refused},
                                {"gate_waiting", stats.gate_waiting},
                                {"gate_peak", stats.gate_peak},
                                {"uptime_seconds", stats.uptime_seconds}}
             .dump(2) +
         "\n";
}

std::optional<BackendStats> parse_backend_stats(std::string_view json) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) {
    return std::nullopt;
  }
  BackendStats stats;
  BackendAccount& account = stats.account;
  try {
    if (document.at("schema").get<std::string>() != schema) {
      return std::nullopt;
    }
    document.at("slots").get_to(account.slots);
    document.at("served").get_to(account.served);
    document.at("wasted").get_to(account.wasted);
    document.at("refused").get_to(account.refused);
    account.limited = document.value("limited", std::uint64_t{0});  // older ones have no limit
    document.at("errors").get_to(account.errors);
    document.at("hung").get_to(account.hung);
    document.at("busy_seconds").get_to(account.busy_seconds);
    document.at("service_seconds").get_to(account.service_seconds);
    document.at("service_seconds_squared").get_to(account.service_seconds_squared);
    document.at("connections").get_to(stats.connections);
    document.at("connections_refused").get_to(stats.connections_refused);
    document.at("gate_waiting").get_to(stats.gate_waiting);
    document.at("gate_peak").get_to(stats.gate_peak);
    document.at("uptime_seconds").get_to(stats.uptime_seconds);
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
  return stats;
}

std::optional<BackendAccount> fetch_backend_account(const HttpUrl& url) {
  constexpr std::time_t patience_seconds = 2;
  const MonotonicClock clock;
  httplib::Client client{url.host, url.port};
  client.set_connection_timeout(patience_seconds);
  client.set_read_timeout(patience_seconds);
  client.set_write_timeout(patience_seconds);
  const Instant asked_at = clock.now();
  const auto answer = client.Get("/stats");
  const Instant answered_at = clock.now();
  if (!answer || answer->status != 200) {
    return std::nullopt;
  }
  auto stats = parse_backend_stats(answer->body);
  if (!stats) {
    return std::nullopt;
  }
  stats->account.read_at = asked_at + (answered_at - asked_at) / 2;
  return stats->account;
}

}  // namespace queuemeter
