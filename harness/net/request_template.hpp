// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/net/text_template.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace queuemeter {

/// A request as somebody writes it; target, values of headers, and body may hold places.
struct RequestText {
  std::string method = "POST";
  std::string target = "/";
  std::string authority;  ///< for the `Host` header
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> body;  ///< nothing: bytes of another origin, where the method has any
  bool keeps_connection = true;     ///< else it says `Connection: close`
};

/// What all requests of one client have in common. Parsed once; immutable, so safe from any thread.
///
/// A header of the text replaces ours of the same name (Host, User-Agent, Content-Type). Who sends
/// the request adds Content-Length and the end of the head.
class RequestTemplate {
 public:
  /// Errors are sentences about the method, a header or a place; they begin with the thing.
  [[nodiscard]] static Result<RequestTemplate> make(const RequestText& text,
                                                    std::span<const std::string> places);

  /// Adds request line and header lines, each with its CR LF, without the empty line at the end.
  void append_head(std::string& out, const PlaceFiller& filler) const { head_.expand(out, filler); }
  void append_target(std::string& out, const PlaceFiller& filler) const {
    target_.expand(out, filler);
  }
  void append_body(std::string& out, const PlaceFiller& filler) const { body_.expand(out, filler); }

  [[nodiscard]] const std::string& method() const noexcept { return method_; }
  [[nodiscard]] const std::string& authority() const noexcept { return authority_; }
  /// Names in lower case, without Host and Connection: as HTTP/2 wants them.
  [[nodiscard]] const std::vector<std::pair<std::string, TextTemplate>>& fields() const noexcept {
    return fields_;
  }
  /// The body is a text of the template.
  [[nodiscard]] bool has_body() const noexcept { return has_body_; }
  /// The request has a Content-Length: it has a body, or its method is one that carries content.
  [[nodiscard]] bool sends_content() const noexcept { return sends_content_; }
  /// The place occurs where a line break would end a header.
  [[nodiscard]] bool uses_in_head(std::size_t place) const noexcept { return head_.uses(place); }
  /// The place occurs where a blank would end the target.
  [[nodiscard]] bool uses_in_target(std::size_t place) const noexcept {
    return target_.uses(place);
  }
  [[nodiscard]] bool uses(std::size_t place) const noexcept {
    return head_.uses(place) || body_.uses(place);
  }

 private:
  std::string method_;
  std::string authority_;
  TextTemplate head_;  // for HTTP/1.1: everything above in one text
  TextTemplate target_;
  TextTemplate body_;
  std::vector<std::pair<std::string, TextTemplate>> fields_;
  bool has_body_ = false;
  bool sends_content_ = false;
};

}  // namespace queuemeter
