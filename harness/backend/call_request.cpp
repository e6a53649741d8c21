// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/call_request.hpp"

#include "harness/call/call_id.hpp"
#include "harness/call/wire.hpp"
#include "harness/net/http_text.hpp"
#include "harness/net/whole_file.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <span>
#include <utility>

namespace queuemeter {
namespace {

/// The places that every request has, before the columns of the data file.
enum Place : std::size_t { call_id, call_sequence, call_class, callback, result, first_column };
constexpr std::array<std::string_view, first_column> names{"call.id", "call.sequence", "call.class",
                                                           "callback", "result"};
constexpr std::size_t largest_body = std::size_t{16} << 20U;

void append_number(std::string& text, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

/// Fills places from one call.
class FillerOfCall final : public PlaceFiller {
 public:
  FillerOfCall(const CallRequests& requests, const Call& call) : requests_{requests}, call_{call} {}
  void fill(std::size_t place, std::string& text) const override {
    requests_.fill(place, call_, text);
  }

 private:
  const CallRequests& requests_;
  const Call& call_;
};

/// The text of a body that may be "@FILE".
Result<std::optional<std::string>> text_of_body(const std::optional<std::string>& body) {
  if (!body.has_value() || !body->starts_with('@')) {
    return body;
  }
  Result<std::string> text = read_whole_file(body->substr(1), largest_body);
  if (!text) {
    return Error::usage(fmt::format("body: {}", text.error().what));
  }
  return std::optional{*std::move(text)};
}

}  // namespace

Result<CallRequests> CallRequests::make(const HttpBackendSettings& settings, const HttpUrl& url,
                                        const CallPlaces* places) {
  CallRequests made;
  if (!settings.request.data.empty()) {
    Result<DataTable> data = DataTable::read(settings.request.data);
    if (!data) {
      return Error::usage(fmt::format("data: {}", data.error().what));
    }
    made.data_ = *std::move(data);
  }
  const auto body = text_of_body(settings.request.body);
  if (!body) {
    return body.error();
  }
  const RequestText text{.method = settings.client.method,
                         .target = settings.target.value_or(url.target),
                         .authority = url.authority,
                         .headers = settings.request.headers,
                         .body = *body,
                         .keeps_connection = settings.client.connection ==
                                             HttpClientSettings::ConnectionUse::keep_alive};
  Result<RequestTemplate> form =
      RequestTemplate::make(text, place_names(made.data_, places != nullptr));
  if (!form) {
    return form.error();
  }
  made.form_ = *std::move(form);
  made.class_names_ = settings.class_names;
  made.places_ = places;
  made.seed_ = settings.seed;
  made.is_secure_ = url.is_secure;
  if (auto error = made.unfit_column()) {
    return *error;
  }
  return made;
}

std::vector<std::string> CallRequests::place_names(const std::optional<DataTable>& data,
                                                   bool has_call_places) {
  std::vector<std::string> all{names.begin(), names.end()};
  if (!has_call_places) {
    // A name that no text holds keeps the numbers of those behind it.
    all[callback] = all[result] = "";
  }
  if (data.has_value()) {
    for (const std::string& column : data->columns()) {
      all.push_back("csv." + column);
    }
  }
  return all;
}

std::optional<Error> CallRequests::unfit_column() const {
  const std::size_t columns = data_.has_value() ? data_->columns().size() : 0;
  for (std::size_t column = 0; column < columns; ++column) {
    const std::size_t place = first_column + column;
    const bool breaks_target = form_.uses_in_target(place) && data_->has(column, [](char byte) {
      return byte <= ' ' || byte >= '\x7f';
    });
    const bool breaks_head = form_.uses_in_head(place) && data_->has(column, [](char byte) {
      return !is_http(byte, HttpByte::text);
    });
    if (breaks_target || breaks_head) {
      return Error::usage(fmt::format(
          "data: the column {} has a field with {}, which does not fit into a {}; write it as %XX",
          data_->columns()[column],
          breaks_target ? "a blank or a letter beyond ASCII"
                        : "a line break or another control character",
          breaks_target ? "URL" : "header"));
    }
  }
  return std::nullopt;
}

void CallRequests::fill(std::size_t place, const Call& call, std::string& text) const {
  switch (place) {
    case call_id:
      append_call_id(text, {call.run_id, call.sequence});
      break;
    case call_sequence:
      append_number(text, call.sequence);
      break;
    case call_class:
      if (call.class_index < class_names_.size()) {
        text.append(class_names_[call.class_index]);
      } else {
        append_number(text, call.class_index);
      }
      break;
    case callback:
      places_->append_callback(call, text);
      break;
    case result:
      places_->append_result(call, text);
      break;
    default:
      text.append(data_->of_turn(call.sequence, place - first_column));
      break;
  }
}

void CallRequests::append_own_lines(const Call& call, std::string& text) {
  text.append("X-Queuemeter-Sequence: ");
  append_number(text, call.sequence);
  if (call.draw_key != call.sequence) {
    text.append("\r\nX-Queuemeter-Draw: ");
    append_number(text, call.draw_key);
  }
  text.append("\r\nX-Queuemeter-Class: ");
  append_number(text, call.class_index);
  text.append("\r\n");
}

void CallRequests::append_content(const Call& call, std::string& text) const {
  if (form_.has_body()) {
    form_.append_body(text, FillerOfCall{*this, call});
  } else {
    const std::size_t before = text.size();
    text.resize(before + call.payload_bytes);
    fill_payload(seed_, call.sequence, std::as_writable_bytes(std::span{text}).subspan(before));
  }
}

RequestWriter::RequestWriter(const CallRequests& requests, const CookieJar* cookies)
    : requests_{requests}, cookies_{cookies} {
  const RequestTemplate& form = requests.form();
  http2_.headers = {
      {":method", form.method()},       {":scheme", requests.is_secure() ? "https" : "http"},
      {":authority", form.authority()}, {":path", ""},
      {"x-queuemeter-sequence", ""},    {"x-queuemeter-draw", ""},
      {"x-queuemeter-class", ""}};
  for (const auto& field : form.fields()) {
    http2_.headers.emplace_back(field.first, "");
  }
  http2_.has_content = form.sends_content();
}

const Http2Request& RequestWriter::write_http2(const Call& call) {
  enum Header : std::size_t { path = 3, sequence, draw, class_number, first_field };
  const RequestTemplate& form = requests_.form();
  const FillerOfCall filler{requests_, call};
  auto& headers = http2_.headers;
  headers.resize(first_field + form.fields().size());  // without the cookies of the call before
  for (std::size_t index = path; index < headers.size(); ++index) {
    headers[index].second.clear();
  }
  form.append_target(headers[path].second, filler);
  append_number(headers[sequence].second, call.sequence);
  append_number(headers[draw].second, call.draw_key);
  append_number(headers[class_number].second, call.class_index);
  for (std::size_t field = 0; field < form.fields().size(); ++field) {
    form.fields()[field].second.expand(headers[first_field + field].second, filler);
  }
  if (const std::string_view cookies = cookies_of(call); !cookies.empty()) {
    headers.emplace_back("cookie", cookies);
  }
  http2_.content.clear();
  if (http2_.has_content) {
    requests_.append_content(call, http2_.content);
  }
  return http2_;
}

std::string_view RequestWriter::cookies_of(const Call& call) const {
  return cookies_ == nullptr ? std::string_view{} : cookies_->of(call.caller);
}

void RequestWriter::append_length(std::uint64_t bytes) {
  request_.append("Content-Length: ");
  append_number(request_, bytes);
}

std::string_view RequestWriter::write(const Call& call) {
  const RequestTemplate& form = requests_.form();
  request_.clear();
  form.append_head(request_, FillerOfCall{requests_, call});
  CallRequests::append_own_lines(call, request_);
  if (const std::string_view cookies = cookies_of(call); !cookies.empty()) {
    request_.append("Cookie: ").append(cookies).append("\r\n");
  }
  if (form.has_body()) {
    body_.clear();  // apart, because its length is said before it
    requests_.append_content(call, body_);
    append_length(body_.size());
    request_.append("\r\n\r\n").append(body_);
  } else if (form.sends_content()) {
    append_length(call.payload_bytes);
    request_.append("\r\n\r\n");
    requests_.append_content(call, request_);
  } else {
    request_.append("\r\n");
  }
  return request_;
}

}  // namespace queuemeter
