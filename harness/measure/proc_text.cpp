// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/proc_text.hpp"

#include <charconv>
#include <cstdio>
#include <memory>

namespace queuemeter {

namespace {

constexpr std::size_t text_limit = 65'536;

std::string_view without_leading(std::string_view text, std::string_view unwanted) {
  const std::size_t start = text.find_first_not_of(unwanted);
  return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

}  // namespace

std::optional<std::string> read_proc_text(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "rbe")};
  if (file == nullptr) {
    return std::nullopt;
  }
  std::string text;
  char piece[4096];
  while (text.size() < text_limit) {
    const std::size_t length = std::fread(piece, 1, sizeof piece, file.get());
    if (length == 0) {
      break;
    }
    text.append(piece, length);
  }
  if (std::ferror(file.get()) != 0) {
    return std::nullopt;
  }
  return text;
}

std::optional<std::string_view> value_after(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.substr(0, key.size()) == key) {
      line = without_leading(line.substr(key.size()), " \t:=");
      const std::size_t last = line.find_last_not_of(" \t\r");
      return line.substr(0, last == std::string_view::npos ? 0 : last + 1);
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return std::nullopt;
}

std::optional<double> leading_number(std::string_view text) {
  text = without_leading(text, " \t");
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} ? std::optional{number} : std::nullopt;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  text = without_leading(text, " \t\n");
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace queuemeter
