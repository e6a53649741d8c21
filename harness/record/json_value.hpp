// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// Private to this folder.
namespace queuemeter {

/// A JSON value whose objects keep the order of their members. It stands before the JSON library
/// so that no header of ours includes that. A value: thread-safe like a `std::string`.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;  ///< null
  Json(std::nullptr_t) {}
  template <std::same_as<bool> Bool>
  Json(Bool value) : value_{value} {}
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) Json(Integer value) {
    if (std::in_range<std::int64_t>(value)) {
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = static_cast<double>(value);
    }
  }
  /// null when `value` is not finite: JSON has no word for that.
  Json(double value);
  Json(std::string text) : value_{std::move(text)} {}
  Json(std::string_view text) : value_{std::string{text}} {}
  Json(const char* text) : value_{std::string{text}} {}
  /// null when there is none.
  template <class T>
  Json(const std::optional<T>& value) {
    if (value) {
      *this = Json(*value);
    }
  }

  [[nodiscard]] static Json array() { return Json{Array{}}; }
  [[nodiscard]] static Json array(std::initializer_list<Json> elements) {
    return Json{Array{elements}};
  }
  [[nodiscard]] static Json object(std::initializer_list<Member> members = {}) {
    return Json{Object{members}};
  }

  [[nodiscard]] bool is_null() const noexcept {
    return std::holds_alternative<std::monostate>(value_);
  }
  /// What the value is, or null when it is something else. A whole number is also a number.
  [[nodiscard]] const bool* if_bool() const noexcept { return std::get_if<bool>(&value_); }
  [[nodiscard]] const std::string* if_text() const noexcept {
    return std::get_if<std::string>(&value_);
  }
  [[nodiscard]] const Array* if_array() const noexcept { return std::get_if<Array>(&value_); }
  [[nodiscard]] const Object* if_object() const noexcept { return std::get_if<Object>(&value_); }
  [[nodiscard]] std::optional<std::int64_t> whole_number() const noexcept;
  [[nodiscard]] std::optional<double> number() const noexcept;
  /// The member of an object, or null.
  [[nodiscard]] const Json* find(std::string_view key) const noexcept;

  friend bool operator==(const Json&, const Json&) = default;

  /// Adds a member to an object; the key must be new.
  void add(std::string_view key, Json value);
  /// Adds an element to an array.
  void push_back(Json value);

  /// One line.
  [[nodiscard]] std::string line() const;
  /// Many lines, for people; what fits on a line and holds nothing nested stays on one.
  [[nodiscard]] std::string page() const;

 private:
  explicit Json(Array elements) : value_{std::move(elements)} {}
  explicit Json(Object members) : value_{std::move(members)} {}
  void write(std::string& out, std::size_t indent, bool in_lines) const;
  [[nodiscard]] bool is_flat() const noexcept;

  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// Parses a whole text. Where that fails, `error` says why and the value is null. Limits: 32
/// levels, 1,000 members in an object (reading an object costs the square of that).
[[nodiscard]] Json parse_json(std::string_view text, std::string& error);

}  // namespace queuemeter
