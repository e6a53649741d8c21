// SPDX-License-Identifier: Apache-2.0
#include "harness/record/json_fields.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <ios>
#include <sys/stat.h>

namespace queuemeter::json_fields {

std::string text_of(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

namespace {

/// No document of ours nests deeper or has larger objects; both cost more than their size to read.
constexpr int deepest_nesting = 32;
constexpr std::size_t most_members = 1'000;

/// Leaves out what goes beyond those limits, and remembers that it did.
class ParseLimits {
 public:
  bool operator()(int depth, Json::parse_event_t event) {
    const bool opens = event == Json::parse_event_t::object_start ||
                       event == Json::parse_event_t::array_start;
    if (opens && depth >= deepest_nesting) {
      exceeded_ = true;
      return false;
    }
    if (event == Json::parse_event_t::object_start) {
      members_[static_cast<std::size_t>(depth) + 1] = 0;
    } else if (event == Json::parse_event_t::key &&
               ++members_[static_cast<std::size_t>(depth)] > most_members) {
      exceeded_ = true;
      return false;
    }
    return true;
  }
  [[nodiscard]] bool exceeded() const noexcept { return exceeded_; }

 private:
  std::array<std::size_t, deepest_nesting + 2> members_{};
  bool exceeded_ = false;
};

}  // namespace

Json parse(std::string_view text, std::string& error) {
  ParseLimits limits;
  const auto watch = [&limits](int depth, Json::parse_event_t event, Json&) {
    return limits(depth, event);
  };
  try {
    Json json = Json::parse(text, watch);
    if (limits.exceeded()) {
      error = fmt::format("it nests deeper than {} or has an object of more than {} members",
                          deepest_nesting, most_members);
    }
    return json;
  } catch (const Json::exception& failure) {
    const std::string_view why = failure.what();
    const std::size_t place = why.find("at line ");
    error = fmt::format("it is not whole JSON ({}); it was cut, or is another kind of file",
                        place == std::string_view::npos ? why : why.substr(place));
    return Json(Json::value_t::discarded);
  }
}

Result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return Error::io(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    return Error::io(fmt::format("{} is not a file; name a result file or a run folder", path));
  }
  if (static_cast<std::uint64_t>(status.st_size) > limit_bytes) {
    return Error::io(fmt::format("{} has {} bytes, at most {} are read; it is no file of this kind",
                                 path, status.st_size, limit_bytes));
  }
  std::ifstream file{path, std::ios::binary};
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file && !file.eof()) {
    return Error::io(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json number(std::optional<double> value) { return value ? number(*value) : Json(nullptr); }

Json nanoseconds(std::optional<Duration> span) {
  return span ? Json(span->count()) : Json(nullptr);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json object_of(const Pairs& pairs) {
  Json object = Json::object();
  for (const auto& [name, value] : pairs) {
    object[name] = value;
  }
  return object;
}

std::optional<std::int64_t> integer_of(const Json& value) noexcept {
  if (value.is_number_unsigned()) {
    const auto* number = value.get_ptr<const std::uint64_t*>();
    return std::in_range<std::int64_t>(*number)
               ? std::optional<std::int64_t>{static_cast<std::int64_t>(*number)}
               : std::nullopt;
  }
  if (value.is_number_integer()) {
    return *value.get_ptr<const std::int64_t*>();
  }
  return std::nullopt;
}

ObjectReader::ObjectReader(const Json* object, std::string where, std::string& error)
    : object_{object}, where_{std::move(where)}, error_{&error} {
  if (object_ != nullptr && !object_->is_object()) {
    if (error_->empty()) {
      *error_ = fmt::format("{} is not an object", where_.empty() ? "the document" : where_);
    }
    object_ = nullptr;
  }
}

void ObjectReader::fail(std::string_view key, std::string_view why) {
  if (error_->empty()) {
    *error_ = fmt::format("{}{}{} {}", where_, where_.empty() ? "" : ".", key, why);
  }
  object_ = nullptr;
}

bool ObjectReader::has(std::string_view key) const {
  return object_ != nullptr && object_->contains(key);
}

const Json* ObjectReader::find(std::string_view key) {
  if (object_ == nullptr || !error_->empty()) {
    return nullptr;
  }
  const auto member = object_->find(key);
  if (member == object_->end()) {
    fail(key, "is missing");
    return nullptr;
  }
  return &*member;
}

bool ObjectReader::integer(const Json& member, std::string_view key, std::int64_t& out) {
  const std::optional<std::int64_t> value = integer_of(member);
  if (!value) {
    fail(key, "is not a whole number");
    return false;
  }
  out = *value;
  return true;
}

ObjectReader ObjectReader::object(std::string_view key) {
  const Json* member = find(key);
  return {member, fmt::format("{}{}{}", where_, where_.empty() ? "" : ".", key), *error_};
}

ObjectReader ObjectReader::object_or_null(std::string_view key) {
  const Json* member = find(key);
  if (member != nullptr && member->is_null()) {
    member = nullptr;
  }
  return {member, fmt::format("{}{}{}", where_, where_.empty() ? "" : ".", key), *error_};
}

const Json* ObjectReader::array(std::string_view key) {
  const Json* member = find(key);
  if (member != nullptr && !member->is_array()) {
    fail(key, "is not a list");
    return nullptr;
  }
  return member;
}

std::vector<ObjectReader> ObjectReader::objects(std::string_view key) {
  std::vector<ObjectReader> readers;
  if (const Json* list = array(key)) {
    readers.reserve(list->size());
    for (std::size_t index = 0; index < list->size(); ++index) {
      readers.emplace_back(&(*list)[index], fmt::format("{}[{}]", key, index), *error_);
    }
  }
  return readers;
}

void ObjectReader::get(std::string_view key, std::string& out) {
  if (const Json* member = find(key)) {
    if (member->is_null()) {
      out.clear();
    } else if (member->is_string()) {
      out = *member->get_ptr<const std::string*>();
    } else {
      fail(key, "is not a text");
    }
  }
}

void ObjectReader::get(std::string_view key, bool& out) {
  if (const Json* member = find(key)) {
    if (member->is_boolean()) {
      out = *member->get_ptr<const bool*>();
    } else {
      fail(key, "is not true or false");
    }
  }
}

void ObjectReader::get(std::string_view key, double& out) {
  if (const Json* member = find(key)) {
    if (member->is_null()) {
      out = 0.0;
    } else if (member->is_number()) {
      out = member->get<double>();
    } else {
      fail(key, "is not a number");
    }
  }
}

void ObjectReader::get(std::string_view key, Duration& out) {
  std::int64_t count = 0;
  get(key, count);
  out = Duration{count};
}

void ObjectReader::get(std::string_view key, Pairs& out) {
  ObjectReader pairs = object(key);
  if (!pairs) {
    return;
  }
  out.clear();
  for (const auto& [name, value] : pairs.object_->items()) {
    if (!value.is_string()) {
      pairs.fail(name, "is not a text");
      return;
    }
    out.emplace_back(name, value.get<std::string>());
  }
}

void ObjectReader::get(std::string_view key, std::vector<std::string>& out) {
  if (const Json* list = array(key)) {
    out.clear();
    for (const Json& value : *list) {
      if (!value.is_string()) {
        fail(key, "holds something that is not a text");
        return;
      }
      out.push_back(value.get<std::string>());
    }
  }
}

}  // namespace queuemeter::json_fields
