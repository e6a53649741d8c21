// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/cookie_jar.hpp"
#include "harness/backend/http_backend.hpp"
#include "harness/call/call.hpp"
#include "harness/call/error.hpp"
#include "harness/net/data_table.hpp"
#include "harness/net/http_channel.hpp"
#include "harness/net/http_url.hpp"
#include "harness/net/request_template.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// How calls of one backend become requests: its template and what fills the places in it.
/// Immutable once made; safe from any thread.
class CallRequests {
 public:
  /// Reads the files that the settings name. Errors are usage errors; a place of {csv.…} whose
  /// fields would break a head is one.
  [[nodiscard]] static Result<CallRequests> make(const HttpBackendSettings& settings,
                                                 const HttpUrl& url, const CallPlaces* places);

  [[nodiscard]] const RequestTemplate& form() const noexcept { return form_; }
  [[nodiscard]] bool is_secure() const noexcept { return is_secure_; }
  [[nodiscard]] bool is_head() const noexcept { return form_.method() == "HEAD"; }

  /// Adds what stands in the place with this index.
  void fill(std::size_t place, const Call& call, std::string& text) const;
  /// Adds the lines that tell a backend of ours which call it is.
  static void append_own_lines(const Call& call, std::string& text);
  /// Adds the content of the request: the template's body, or the call's payload.
  void append_content(const Call& call, std::string& text) const;

 private:
  CallRequests() = default;
  [[nodiscard]] static std::vector<std::string> place_names(const std::optional<DataTable>& data,
                                                            bool has_call_places);
  [[nodiscard]] std::optional<Error> unfit_column() const;

  RequestTemplate form_;
  std::optional<DataTable> data_;
  std::vector<std::string> class_names_;
  const CallPlaces* places_ = nullptr;
  std::uint64_t seed_ = 0;
  bool is_secure_ = false;  // the URL is https
};

/// Writes the requests of one client as HTTP/1.1, into memory that it uses again. One thread.
class RequestWriter {
 public:
  /// Both must outlive the writer; without cookies none are sent.
  RequestWriter(const CallRequests& requests, const CookieJar* cookies);

  /// The whole request; valid until the next one. Allocates only for a longer one than any before.
  [[nodiscard]] std::string_view write(const Call& call);
  /// The same for HTTP/2.
  [[nodiscard]] const Http2Request& write_http2(const Call& call);

 private:
  [[nodiscard]] std::string_view cookies_of(const Call& call) const;
  void append_length(std::uint64_t bytes);

  const CallRequests& requests_;
  const CookieJar* cookies_;
  std::string request_;
  std::string body_;
  Http2Request http2_;
};

}  // namespace queuemeter
