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

Json nanoseconds(std::optional<Duration> span) {
  return span ? Json(span->count()) : Json(nullptr);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json object_of(const Pairs& pairs) {
  Json object = Json::object();
  for (const auto& [name, value] : pairs) {
    object.add(name, value);
  }
  return object;
}

ObjectReader::ObjectReader(const Json* object, std::string where, std::string& error)
    : object_{object}, where_{std::move(where)}, error_{&error} {
  if (object_ != nullptr && object_->if_object() == nullptr) {
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
  return object_ != nullptr && object_->find(key) != nullptr;
}

const Json* ObjectReader::find(std::string_view key) {
  if (object_ == nullptr || !error_->empty()) {
    return nullptr;
  }
  const Json* member = object_->find(key);
  if (member == nullptr) {
    fail(key, "is missing");
  }
  return member;
}

bool ObjectReader::integer(const Json& member, std::string_view key, std::int64_t& out) {
  const std::optional<std::int64_t> value = member.whole_number();
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

const Json::Array* ObjectReader::array(std::string_view key) {
  const Json* member = find(key);
  if (member != nullptr && member->if_array() == nullptr) {
    fail(key, "is not a list");
    return nullptr;
  }
  return member != nullptr ? member->if_array() : nullptr;
}

std::vector<ObjectReader> ObjectReader::objects(std::string_view key) {
  std::vector<ObjectReader> readers;
  if (const Json::Array* list = array(key)) {
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
    } else if (const std::string* text = member->if_text()) {
      out = *text;
    } else {
      fail(key, "is not a text");
    }
  }
}

void ObjectReader::get(std::string_view key, bool& out) {
  if (const Json* member = find(key)) {
    if (const bool* flag = member->if_bool()) {
      out = *flag;
    } else {
      fail(key, "is not true or false");
    }
  }
}

void ObjectReader::get(std::string_view key, double& out) {
  if (const Json* member = find(key)) {
    if (member->is_null()) {
      out = 0.0;
    } else if (const auto number = member->number()) {
      out = *number;
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
  const Json::Object* members = pairs ? pairs.object_->if_object() : nullptr;
  if (members == nullptr) {
    return;
  }
  out.clear();
  for (const auto& [name, value] : *members) {
    const std::string* text = value.if_text();
    if (text == nullptr) {
      pairs.fail(name, "is not a text");
      return;
    }
    out.emplace_back(name, *text);
  }
}

void ObjectReader::get(std::string_view key, std::vector<std::string>& out) {
  if (const Json::Array* list = array(key)) {
    out.clear();
    for (const Json& value : *list) {
      const std::string* text = value.if_text();
      if (text == nullptr) {
        fail(key, "holds something that is not a text");
        return;
      }
      out.push_back(*text);
    }
  }
}

}  // namespace queuemeter::json_fields
