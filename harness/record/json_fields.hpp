// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Private to this folder: what the JSON forms of runs, studies and ticks are made with.
namespace queuemeter::json_fields {

using Json = nlohmann::ordered_json;

/// The text of `value`; bytes that are not UTF-8 (a host's name) are replaced.
[[nodiscard]] std::string text_of(const Json& value, int indent);

/// Parses a whole text; the value is discarded when that fails, and `error` says where.
[[nodiscard]] Json parse(std::string_view text, std::string& error);

/// Reads a file of at most `limit_bytes`.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes);

/// null where there is no number.
[[nodiscard]] Json number(double value);
[[nodiscard]] Json number(std::optional<double> value);
[[nodiscard]] Json nanoseconds(std::optional<Duration> span);
/// null where there is no text.
[[nodiscard]] Json text_or_null(const std::string& text);

/// Name-value pairs as an object, in their order.
using Pairs = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] Json object_of(const Pairs& pairs);

/// Reads the members of one JSON object. The first thing that is wrong is kept in `error` and
/// everything after it is skipped, so that a reader is a straight list of members.
class ObjectReader {
 public:
  /// `where` is the path of the object, "" for the outermost. Borrows all three.
  ObjectReader(const Json* object, std::string where, std::string& error);

  /// False when there is no object to read: it was null, or something went wrong before.
  [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }
  [[nodiscard]] bool has(std::string_view key) const;

  [[nodiscard]] ObjectReader object(std::string_view key);
  /// The same; a null is allowed and gives a reader that is false.
  [[nodiscard]] ObjectReader object_or_null(std::string_view key);
  /// One reader per element; the elements must be objects.
  [[nodiscard]] std::vector<ObjectReader> objects(std::string_view key);
  /// Any value; nothing when it is missing.
  [[nodiscard]] const Json* member(std::string_view key) { return find(key); }
  /// Any array; nothing when it is none.
  [[nodiscard]] const Json* array(std::string_view key);

  void get(std::string_view key, std::string& out);  // null is ""
  void get(std::string_view key, bool& out);
  void get(std::string_view key, double& out);  // null is 0
  void get(std::string_view key, Duration& out);
  void get(std::string_view key, Pairs& out);
  void get(std::string_view key, std::vector<std::string>& out);

  template <std::integral Integer>
  void get(std::string_view key, Integer& out) {
    std::int64_t value = 0;
    if (const Json* member = find(key); member != nullptr && integer(*member, key, value)) {
      if (std::in_range<Integer>(value)) {
        out = static_cast<Integer>(value);
      } else {
        fail(key, "is out of range");
      }
    }
  }
  template <class T>
  void get(std::string_view key, std::optional<T>& out) {
    const Json* member = find(key);
    if (member == nullptr || member->is_null()) {
      out.reset();
      return;
    }
    T value{};
    get(key, value);
    out = value;
  }

  void fail(std::string_view key, std::string_view why);

 private:
  [[nodiscard]] const Json* find(std::string_view key);
  [[nodiscard]] bool integer(const Json& member, std::string_view key, std::int64_t& out);

  const Json* object_;
  std::string where_;
  std::string* error_;
};

/// A whole number that fits 63 bits and its sign; nothing for anything else.
[[nodiscard]] std::optional<std::int64_t> integer_of(const Json& value) noexcept;

}  // namespace queuemeter::json_fields
