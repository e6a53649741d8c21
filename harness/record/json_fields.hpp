// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/record/json_value.hpp"

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

/// Reads a file of at most `limit_bytes`.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes);

/// null where there is none.
[[nodiscard]] Json nanoseconds(std::optional<Duration> span);
/// null where it is empty.
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
  /// The same; the key may be missing, too: files of older versions do not have it.
  [[nodiscard]] ObjectReader object_if_there(std::string_view key) {
    return has(key) ? object_or_null(key) : ObjectReader{nullptr, std::string{key}, *error_};
  }
  /// One reader per element; the elements must be objects.
  [[nodiscard]] std::vector<ObjectReader> objects(std::string_view key);
  /// The elements of an array; nothing when it is none.
  [[nodiscard]] const Json::Array* array(std::string_view key);

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

  /// The same for a key that files of older versions do not have.
  template <class T>
  void get_if_there(std::string_view key, T& out) {
    if (has(key)) {
      get(key, out);
    }
  }

  void fail(std::string_view key, std::string_view why);

 private:
  [[nodiscard]] const Json* find(std::string_view key);
  [[nodiscard]] bool integer(const Json& member, std::string_view key, std::int64_t& out);

  const Json* object_;
  std::string where_;
  std::string* error_;
};

}  // namespace queuemeter::json_fields
