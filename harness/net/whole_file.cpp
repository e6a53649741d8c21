// SPDX-License-Identifier: Apache-2.0
#include "harness/net/whole_file.hpp"

#include "harness/call/in_quotes.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace queuemeter {

Result<std::string> read_whole_file(const std::string& path, std::size_t most_bytes) {
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  if (file && file.peek() != std::ifstream::traits_type::eof()) {
    text << file.rdbuf();
  }
  if (!file.is_open() || file.bad() || text.bad()) {
    return Error::usage(fmt::format("{}: cannot be read ({}); check its name and permissions",
                                    in_quotes(path),
                                    std::generic_category().message(errno == 0 ? EIO : errno)));
  }
  std::string bytes = std::move(text).str();
  if (bytes.size() > most_bytes) {
    return Error::usage(fmt::format("{}: {} bytes are too many; {} are possible", in_quotes(path),
                                    bytes.size(), most_bytes));
  }
  return bytes;
}

}  // namespace queuemeter
