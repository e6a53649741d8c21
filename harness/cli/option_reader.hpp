// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/cli/command_line.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace queuemeter::cli {

/// Reads the options of one command into settings and collects what is wrong with their values.
/// What was not given is left as it is.
class OptionReader {
 public:
  explicit OptionReader(const CommandLine& line) : line_{line} {}

  template <class Number>
  void count(std::string_view option, Number& target, std::uint64_t least, std::uint64_t most) {
    parsed(option, target, [=](const std::string& text) -> Result<Number> {
      const auto value = count_between(text, least, most);
      if (value.has_error()) {
        return value.error();
      }
      return static_cast<Number>(*value);
    });
  }

  /// A size in bytes, such as 64KiB.
  void size(std::string_view option, std::size_t& target, std::uint64_t most) {
    parsed(option, target, [=](const std::string& text) { return size_up_to(text, most); });
  }

  template <class Value>
  void word(std::string_view option, Value& target,
            std::initializer_list<std::pair<std::string_view, Value>> words) {
    parsed(option, target, [words](const std::string& text) -> Result<Value> {
      std::string known;
      for (const auto& [word, value] : words) {
        if (word == text) {
          return value;
        }
        known.append(known.empty() ? "" : ", ").append(word);
      }
      return Error::usage(text + " is none of " + known);
    });
  }

  /// `parse(text)` gives a result whose value can be assigned to `target`.
  template <class Value, class Parse>
  void parsed(std::string_view option, Value& target, const Parse& parse) {
    const auto text = line_.value(option);
    if (!text) {
      return;
    }
    auto value = parse(*text);
    if (value.has_error()) {
      add_wrong(option, value.error().what);
    } else {
      target = std::move(*value);
    }
  }

  /// The same, where "none" is nothing.
  template <class Value, class Parse>
  void parsed_or_none(std::string_view option, std::optional<Value>& target, const Parse& parse) {
    parsed(option, target, [&parse](const std::string& text) -> Result<std::optional<Value>> {
      if (text == "none") {
        return std::optional<Value>{};
      }
      auto value = parse(text);
      if (value.has_error()) {
        return value.error();
      }
      return std::optional<Value>{std::move(*value)};
    });
  }

  void add_wrong(std::string_view option, std::string_view why) {
    wrong_.push_back(std::string{option}.append(": ").append(why));
  }
  /// Everything that is wrong, a line each; nothing when all is right.
  [[nodiscard]] std::optional<Error> error() const;

 private:
  [[nodiscard]] static Result<std::uint64_t> count_between(const std::string& text,
                                                           std::uint64_t least, std::uint64_t most);
  [[nodiscard]] static Result<std::size_t> size_up_to(const std::string& text, std::uint64_t most);

  const CommandLine& line_;
  std::vector<std::string> wrong_;
};

/// An IPv6 address as URLs write it, "[::1]", is meant as the address.
[[nodiscard]] std::string without_brackets(std::string host);
/// The same address as URLs write it.
[[nodiscard]] std::string with_brackets(const std::string& host);

}  // namespace queuemeter::cli
