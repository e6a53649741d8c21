// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace queuemeter {

/// What is kept of the answers to one client's requests, beside their status.
struct KeptParts {
  bool location = false;       ///< the `Location` header
  bool cookies = false;        ///< every `Set-Cookie` header
  std::size_t body_bytes = 0;  ///< the beginning of the body, so much at the most

  [[nodiscard]] bool any() const noexcept { return location || cookies || body_bytes > 0; }
};

/// Those parts of one answer. Its texts keep their memory from one answer to the next, so it
/// allocates only for an answer that is larger than any before. One thread.
class KeptAnswer {
 public:
  /// Bytes of a header's value at the most; what is longer is cut off there.
  static constexpr std::size_t longest_value = 4096;

  explicit KeptAnswer(const KeptParts& wanted) noexcept : wanted_{wanted} {}

  void clear() noexcept {
    location_.clear();
    cookies_.clear();
    body_.clear();
  }

  /// Whether the value of this header, whose name is in lower case, is to be given.
  [[nodiscard]] bool begin_field(std::string_view name) noexcept {
    current_ = nullptr;
    if (wanted_.location && name == "location") {
      current_ = &location_;
      location_.clear();
    } else if (wanted_.cookies && name == "set-cookie") {
      current_ = &cookies_;
    }
    room_ = longest_value;
    return current_ != nullptr;
  }
  void add_value(char byte) {
    if (room_ > 0) {
      --room_;
      current_->push_back(byte);
    }
  }
  void end_field() {
    while (!current_->empty() && (current_->back() == ' ' || current_->back() == '\t')) {
      current_->pop_back();
    }
    if (current_ == &cookies_) {
      cookies_.push_back('\n');
    }
  }
  void add_body(std::string_view bytes) {
    body_.append(bytes.substr(0, wanted_.body_bytes - body_.size()));
  }

  [[nodiscard]] const std::string& location() const noexcept { return location_; }
  /// Each `Set-Cookie` value with a line feed behind it.
  [[nodiscard]] const std::string& cookies() const noexcept { return cookies_; }
  [[nodiscard]] const std::string& body() const noexcept { return body_; }

 private:
  KeptParts wanted_;
  std::string* current_ = nullptr;
  std::size_t room_ = 0;
  std::string location_;
  std::string cookies_;
  std::string body_;
};

}  // namespace queuemeter
