// SPDX-License-Identifier: Apache-2.0
#include "harness/record/json_value.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace queuemeter {
namespace {

constexpr std::size_t deepest_nesting = 32;
constexpr std::size_t most_members = 1'000;
constexpr std::size_t line_length = 120;
constexpr std::size_t indent_step = 2;

/// A text with quotes and escapes; bytes that are not UTF-8 (a host's name) are replaced.
std::string in_quotes(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Builds a value from the events of the library's parser and stops it at our limits.
class Builder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  explicit Builder(std::string& error) : error_{error} {}

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(number_integer_t value) { return put(value); }
  bool number_unsigned(number_unsigned_t value) { return put(value); }
  bool number_float(number_float_t value, const string_t&) { return put(value); }
  bool string(string_t& value) { return put(std::move(value)); }
  bool binary(binary_t&) { return false; }  // not in JSON text
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& name) {
    const Json::Object* members = open_.back().value.if_object();
    if (members != nullptr && members->size() >= most_members) {
      error_ = fmt::format("it has an object of more than {} members", most_members);
      return false;
    }
    if (open_.back().value.find(name) != nullptr) {
      error_ = fmt::format("it has the member {} twice", in_quotes(name));
      return false;
    }
    open_.back().key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::json::exception&) {
    error_ =
        fmt::format("it is no whole JSON: wrong at byte {}; it was cut or is another file", at);
    return false;
  }

  Json result;

 private:
  struct Open {
    Json value;
    std::string key;
  };

  bool open(Json container) {
    if (open_.size() >= deepest_nesting) {
      error_ = fmt::format("it nests deeper than {} levels", deepest_nesting);
      return false;
    }
    open_.push_back({std::move(container), {}});
    return true;
  }
  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return put(std::move(value));
  }
  bool put(Json value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (Open& parent = open_.back(); parent.value.if_object() != nullptr) {
      parent.value.add(parent.key, std::move(value));
    } else {
      parent.value.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Open> open_;
  std::string& error_;
};

}  // namespace

Json::Json(double value) {
  if (std::isfinite(value)) {
    value_ = value;
  }
}

std::optional<std::int64_t> Json::whole_number() const noexcept {
  const auto* value = std::get_if<std::int64_t>(&value_);
  return value != nullptr ? std::optional{*value} : std::nullopt;
}

std::optional<double> Json::number() const noexcept {
  if (const auto whole = whole_number()) {
    return static_cast<double>(*whole);
  }
  const auto* value = std::get_if<double>(&value_);
  return value != nullptr ? std::optional{*value} : std::nullopt;
}

const Json* Json::find(std::string_view key) const noexcept {
  const Object* members = if_object();
  if (members == nullptr) {
    return nullptr;
  }
  const auto member = std::find_if(members->begin(), members->end(),
                                   [key](const Member& each) { return each.first == key; });
  return member == members->end() ? nullptr : &member->second;
}

void Json::add(std::string_view key, Json value) {
  std::get<Object>(value_).emplace_back(key, std::move(value));
}

void Json::push_back(Json value) { std::get<Array>(value_).push_back(std::move(value)); }

bool Json::is_flat() const noexcept {
  const auto nested = [](const Json& value) {
    return value.if_array() != nullptr || value.if_object() != nullptr;
  };
  if (const Array* elements = if_array()) {
    return std::none_of(elements->begin(), elements->end(), nested);
  }
  if (const Object* members = if_object()) {
    return std::none_of(members->begin(), members->end(),
                        [&nested](const Member& each) { return nested(each.second); });
  }
  return true;
}

void Json::write(std::string& out, std::size_t indent, bool in_lines) const {
  const bool splits = in_lines && (!is_flat() || line().size() + indent > line_length);
  const auto next_line = [&out, splits](std::size_t blanks) {
    if (splits) {
      out += '\n';
      out.append(blanks, ' ');
    }
  };
  const std::string_view separator = splits ? "," : in_lines ? ", " : ",";
  const std::string_view colon = in_lines ? ": " : ":";
  const auto write_all = [&](const auto& items, char begin, char end, const auto& write_one) {
    out += begin;
    bool first = true;
    for (const auto& item : items) {
      out += first ? std::string_view{} : separator;
      first = false;
      next_line(indent + indent_step);
      write_one(item);
    }
    if (!first) {
      next_line(indent);
    }
    out += end;
  };
  if (const bool* flag = if_bool()) {
    out += *flag ? "true" : "false";
  } else if (const auto whole = whole_number()) {
    out += fmt::format("{}", *whole);
  } else if (const auto* real = std::get_if<double>(&value_)) {
    out += nlohmann::json(*real).dump();
  } else if (const std::string* text = if_text()) {
    out += in_quotes(*text);
  } else if (const Array* elements = if_array()) {
    write_all(*elements, '[', ']',
              [&](const Json& each) { each.write(out, indent + indent_step, in_lines); });
  } else if (const Object* members = if_object()) {
    write_all(*members, '{', '}', [&](const Member& each) {
      out += in_quotes(each.first);
      out += colon;
      each.second.write(out, indent + indent_step, in_lines);
    });
  } else {
    out += "null";
  }
}

std::string Json::line() const {
  std::string out;
  write(out, 0, false);
  return out;
}

std::string Json::page() const {
  std::string out;
  write(out, 0, true);
  return out + "\n";
}

Json parse_json(std::string_view text, std::string& error) {
  Builder builder{error};
  if (!nlohmann::json::sax_parse(text, &builder)) {
    return nullptr;
  }
  return std::move(builder.result);
}

}  // namespace queuemeter
