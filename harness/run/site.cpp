// SPDX-License-Identifier: Apache-2.0
#include "harness/run/site.hpp"

#include "harness/backend/backend_account.hpp"
#include "harness/call/quantity.hpp"
#include "harness/net/http_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace queuemeter {
namespace {

/// A site that calls are sent to, with the account of the backend behind it.
class SiteBackend final : public Backend {
 public:
  SiteBackend(std::unique_ptr<Backend> requests, std::optional<HttpUrl> account_url)
      : requests_{std::move(requests)}, account_url_{std::move(account_url)} {}

  [[nodiscard]] std::unique_ptr<BackendClient> make_client(const Clock& clock, ReplySink& sink,
                                                           boost::asio::io_context* loop) override {
    return requests_->make_client(clock, sink, loop);
  }
  [[nodiscard]] std::optional<BackendAccount> account() override {
    return account_url_ ? fetch_backend_account(*account_url_) : std::nullopt;
  }
  [[nodiscard]] std::optional<ConnectionTotals> connection_totals() const override {
    return requests_->connection_totals();
  }

 private:
  std::unique_ptr<Backend> requests_;
  std::optional<HttpUrl> account_url_;
};

/// What differs between a site's clients and those of a backend.
HttpBackendSettings common_settings(const Scenario& scenario) {
  HttpBackendSettings settings;
  settings.client = scenario.path.site.client;
  const std::size_t offerers = scenario.traffic.offerers;
  settings.client.connections = std::max<std::size_t>(1, settings.client.connections / offerers);
  settings.client.open = (settings.client.open + offerers - 1) / offerers;
  settings.seed = scenario.run.seed;
  for (const TrafficClass& kind : scenario.traffic.effective_classes()) {
    settings.class_names.push_back(kind.name);
  }
  return settings;
}

/// What [traffic] says of all requests, and what [path] says of those to the site.
HttpRequestSettings request_of(const Scenario& scenario) {
  HttpRequestSettings request = scenario.traffic.request;
  const HttpRequestSettings& of_path = scenario.path.site.request;
  request.headers.insert(request.headers.end(), of_path.headers.begin(), of_path.headers.end());
  if (of_path.body) {
    request.body = of_path.body;
  }
  if (!of_path.data.empty()) {
    request.data = of_path.data;
  }
  return request;
}

/// How queuemeter's own front end is told what the caller wants.
void speak_to_our_front(HttpBackendSettings& settings, const Scenario& scenario) {
  settings.target = "/calls";
  settings.client.method = "POST";
  settings.request.headers.emplace_back(call_id_header, "{call.id}");
  switch (scenario.path.site.completion) {
    case CompletedBy::response:
      settings.target =
          fmt::format("/calls?wait={}", to_scenario_text(scenario.traffic.reply_timeout));
      settings.client.expect.status = *StatusSet::parse("200");
      break;
    case CompletedBy::callback:
      settings.request.headers.emplace_back("X-Queuemeter-Callback", "{callback}");
      break;
    case CompletedBy::poll:
    case CompletedBy::backend:
      break;
  }
}

/// A site's own, where it says itself in `Location`.
bool names_places(const Scenario& scenario, const SiteAddress& address) {
  const SiteSettings& front = scenario.path.site;
  return front.completion != CompletedBy::response && !address.is_ours && front.result_url.empty();
}

}  // namespace

HttpBackendSettings make_site_settings(const Scenario& scenario, const SiteAddress& address) {
  HttpBackendSettings settings = common_settings(scenario);
  settings.url = address.url;
  settings.request = request_of(scenario);
  settings.kept.location = names_places(scenario, address);
  if (scenario.path.site.completion == CompletedBy::callback ||
      scenario.path.site.completion == CompletedBy::poll) {
    // What it answers is not the result yet.
    settings.client.expect.body.clear();
    settings.client.expect.json.clear();
  }
  if (address.is_ours) {
    speak_to_our_front(settings, scenario);
  }
  return settings;
}

std::optional<HttpBackendSettings> make_result_settings(const Scenario& scenario,
                                                        const SiteAddress& address) {
  const SiteSettings& front = scenario.path.site;
  if (front.completion == CompletedBy::response) {
    return std::nullopt;
  }
  HttpBackendSettings settings = common_settings(scenario);
  settings.url = address.url;
  settings.client.method = "GET";
  settings.client.open = 0;
  settings.client.expect.status = StatusSet{};
  settings.request.headers = request_of(scenario).headers;
  settings.client.timeouts.whole =
      settings.client.timeouts.whole.value_or(scenario.traffic.reply_timeout);
  if (address.is_ours) {
    settings.target = "/calls/{call.id}";
    settings.request.headers.clear();
  } else if (front.result_url.empty()) {
    settings.target = "{result}";
  } else if (front.result_url.starts_with('/')) {
    settings.target = front.result_url;
  } else {
    settings.url = front.result_url;
  }
  return settings;
}

Result<std::unique_ptr<Backend>> make_site_backend(const Scenario& scenario,
                                                   const SiteAddress& address, const Site& site) {
  std::optional<HttpUrl> account_url;
  if (!address.account_url.empty()) {
    Result<HttpUrl> url = parse_http_url(address.account_url);
    if (!url) {
      return url.error();
    }
    account_url = std::move(*url);
  }
  Result<std::unique_ptr<Backend>> requests =
      make_http_backend(make_site_settings(scenario, address), &site);
  if (!requests) {
    return requests.error();
  }
  return std::make_unique<SiteBackend>(std::move(*requests), std::move(account_url));
}

Site::Site(std::uint64_t run_id, HttpExpectation expected, std::string authority)
    : tokens_{run_id, make_run_secret()},
      expected_{std::move(expected)},
      places_{std::move(authority)} {}

Site::~Site() = default;

Result<std::unique_ptr<Site>> Site::make(const Scenario& scenario, std::uint64_t run_id,
                                         const Clock& clock, const SiteAddress& address,
                                         std::unique_ptr<CompletionSource> reports) {
  const Result<HttpUrl> url = parse_http_url(address.url);
  if (!url) {
    return url.error();
  }
  HttpExpectation expected = scenario.path.site.client.expect;
  expected.status = StatusSet{};
  std::unique_ptr<Site> site{new Site{run_id, std::move(expected), url->authority}};
  site->reports_ = std::move(reports);
  site->names_places_ = names_places(scenario, address);
  if (auto settings = make_result_settings(scenario, address); settings.has_value()) {
    Result<std::unique_ptr<Backend>> results = make_http_backend(std::move(*settings), site.get());
    if (!results) {
      return results.error();
    }
    site->results_ = std::move(*results);
  }
  if (scenario.path.site.completion == CompletedBy::callback) {
    for (std::size_t offerer = 0; offerer < scenario.traffic.offerers; ++offerer) {
      site->receivers_.push_back(
          std::make_unique<CallbackReceiver>(clock, site->tokens_, site->expected_));
    }
  }
  return site;
}

void Site::make_room(std::size_t records) {
  if (names_places_) {
    places_.make_room(records);
  }
}

Result<void> Site::listen(std::size_t offerer, boost::asio::io_context& loop) {
  if (!receivers_.empty()) {
    return receivers_[offerer]->listen(loop);
  }
  return reports_ != nullptr && offerer == 0 ? reports_->listen(loop) : Result<void>{};
}

void Site::close() {
  for (const std::unique_ptr<CallbackReceiver>& receiver : receivers_) {
    receiver->close();
  }
  if (reports_ != nullptr) {
    reports_->close();
  }
}

FrontEntry::Ways Site::ways(std::size_t offerer, Backend& requests) {
  CompletionSource* const completions =
      receivers_.empty() ? reports_.get() : receivers_[offerer].get();
  return {.requests = requests,
          .results = results_.get(),
          .places = names_places_ ? &places_ : nullptr,
          .completions = completions};
}

CompletionCounts Site::counts() const noexcept {
  CompletionCounts sum = reports_ == nullptr ? CompletionCounts{} : reports_->counts();
  for (const std::unique_ptr<CallbackReceiver>& receiver : receivers_) {
    const CompletionCounts counts = receiver->counts();
    sum.received += counts.received;
    sum.forged += counts.forged;
  }
  return sum;
}

void Site::append_callback(const Call& call, std::string& text) const {
  if (!receivers_.empty()) {
    receivers_[call.offerer]->append_url(call.sequence, text);
  }
}

void Site::append_result(const Call& call, std::string& text) const {
  places_.append(call.slot, text);
}

}  // namespace queuemeter
