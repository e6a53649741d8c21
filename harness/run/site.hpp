// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/backend/http_backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/error.hpp"
#include "harness/front/call_token.hpp"
#include "harness/front/callback_receiver.hpp"
#include "harness/front/completion.hpp"
#include "harness/front/front_entry.hpp"
#include "harness/front/result_places.hpp"
#include "harness/scenario/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace queuemeter {

/// Where the site of a run is, and what stands behind it.
struct SiteAddress {
  std::string url = {};  ///< of somebody else's site, or of the `queuemeter front` we started
  bool is_ours = false;  ///< the latter
  std::string account_url = {};  ///< of the backend whose account belongs to the run; may be empty
};

/// What the path through a front end needs beside the parts that every path has: ways to ask for
/// results, and where they are reported.
///
/// Made and made to listen by the thread that prepares the run. Then each offerer's thread uses its
/// own share, and the conductor reads the counts when those threads have ended.
class Site final : public CallPlaces {
 public:
  /// `reports` are those of a watched backend; null where none is. Errors: URLs and templates that
  /// cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<Site>> make(
      const Scenario& scenario, std::uint64_t run_id, const Clock& clock,
      const SiteAddress& address, std::unique_ptr<CompletionSource> reports);
  ~Site() override;

  /// Room for the records of all offerers.
  void make_room(std::size_t records);
  /// Makes ready what an offerer listens to by its loop; `offerer` counts from 0.
  [[nodiscard]] Result<void> listen(std::size_t offerer, boost::asio::io_context& loop);
  /// Listens no more. Idempotent; when the offerers' threads have ended, or never began.
  void close();
  /// `requests` must be of this site.
  [[nodiscard]] FrontEntry::Ways ways(std::size_t offerer, Backend& requests);

  /// Of all offerers.
  [[nodiscard]] CompletionCounts counts() const noexcept;

  void append_callback(const Call& call, std::string& text) const override;
  void append_result(const Call& call, std::string& text) const override;

 private:
  Site(std::uint64_t run_id, HttpExpectation expected, std::string authority);

  CallTokens tokens_;
  HttpExpectation expected_;  // of a callback's content
  ResultPlaces places_;
  bool names_places_ = false;  // the site says where results are
  std::unique_ptr<Backend> results_;
  // By offerer. Callbacks have receivers; what a watched backend reports goes to the first one.
  std::vector<std::unique_ptr<CallbackReceiver>> receivers_;
  std::unique_ptr<CompletionSource> reports_;
};

/// How the calls of a scenario are sent to its site.
[[nodiscard]] HttpBackendSettings make_site_settings(const Scenario& scenario,
                                                     const SiteAddress& address);
/// How their results are asked for; nothing where `completion = "response"`.
[[nodiscard]] std::optional<HttpBackendSettings> make_result_settings(const Scenario& scenario,
                                                                      const SiteAddress& address);

/// The site as what the calls are sent to; its account is that of the backend behind it. `site`
/// must outlive it.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_site_backend(const Scenario& scenario,
                                                                 const SiteAddress& address,
                                                                 const Site& site);

}  // namespace queuemeter
