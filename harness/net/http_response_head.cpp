// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <utility>

namespace queuemeter {
namespace {

using namespace std::string_view_literals;

constexpr std::array phrases{
    std::pair{100U, "Continue"sv},
    std::pair{200U, "OK"sv},
    std::pair{201U, "Created"sv},
    std::pair{202U, "Accepted"sv},
    std::pair{204U, "No Content"sv},
    std::pair{304U, "Not Modified"sv},
    std::pair{400U, "Bad Request"sv},
    std::pair{401U, "Unauthorized"sv},
    std::pair{403U, "Forbidden"sv},
    std::pair{404U, "Not Found"sv},
    std::pair{405U, "Method Not Allowed"sv},
    std::pair{408U, "Request Timeout"sv},
    std::pair{409U, "Conflict"sv},
    std::pair{410U, "Gone"sv},
    std::pair{411U, "Length Required"sv},
    std::pair{413U, "Content Too Large"sv},
    std::pair{414U, "URI Too Long"sv},
    std::pair{417U, "Expectation Failed"sv},
    std::pair{429U, "Too Many Requests"sv},
    std::pair{431U, "Request Header Fields Too Large"sv},
    std::pair{500U, "Internal Server Error"sv},
    std::pair{501U, "Not Implemented"sv},
    std::pair{502U, "Bad Gateway"sv},
    std::pair{503U, "Service Unavailable"sv},
    std::pair{504U, "Gateway Timeout"sv},
    std::pair{505U, "HTTP Version Not Supported"sv},
};

void append_number(std::string& text, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

/// The date as RFC 9110, section 5.6.7 wants it; made once a second. One for each thread.
class DateLine {
 public:
  [[nodiscard]] std::string_view text() {
    const std::time_t now = std::time(nullptr);
    if (now != made_at_) {
      std::tm utc{};
      ::gmtime_r(&now, &utc);
      bytes_ =
          std::strftime(line_.data(), line_.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
      made_at_ = now;
    }
    return {line_.data(), bytes_};
  }

 private:
  std::time_t made_at_ = -1;
  std::size_t bytes_ = 0;
  std::array<char, 64> line_{};
};

}  // namespace

std::string_view reason_phrase(unsigned status) noexcept {
  const auto found =
      std::lower_bound(phrases.begin(), phrases.end(), status,
                       [](const auto& phrase, unsigned wanted) { return phrase.first < wanted; });
  return found != phrases.end() && found->first == status ? found->second : "Unknown"sv;
}

void append_response_head(std::string& text, unsigned status, std::string_view fields,
                          std::uint64_t body_bytes, ConnectionWord word) {
  static thread_local DateLine date;
  text.append("HTTP/1.1 ");
  append_number(text, status);
  text.append(" ").append(reason_phrase(status)).append("\r\n");
  text.append(date.text()).append(fields);
  if (status >= 200 && status != 204 && status != 304) {
    text.append("Content-Length: ");
    append_number(text, body_bytes);
    text.append("\r\n");
  }
  if (word != ConnectionWord::none) {
    text.append(word == ConnectionWord::close ? "Connection: close\r\n"
                                              : "Connection: keep-alive\r\n");
  }
  text.append("\r\n");
}

}  // namespace queuemeter
