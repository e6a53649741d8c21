// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter {

/// Why something could not be set up. `what` is one sentence: the thing, the value, the remedy.
struct Error {
  enum class Kind {
    usage,        ///< options or scenario are wrong (exit 2)
    unavailable,  ///< a component could not be reached before the window opened (exit 4)
    io,           ///< a result could not be written (exit 3; at the start exit 2)
    invalid       ///< nothing trustworthy was measured (exit 3)
  };
  Kind kind = Kind::usage;
  std::string what;

  [[nodiscard]] static Error usage(std::string what) { return {Kind::usage, std::move(what)}; }
  [[nodiscard]] static Error unavailable(std::string what) {
    return {Kind::unavailable, std::move(what)};
  }
  [[nodiscard]] static Error io(std::string what) { return {Kind::io, std::move(what)}; }
  [[nodiscard]] static Error invalid(std::string what) { return {Kind::invalid, std::move(what)}; }
};

/// Taking the value of a failed result throws its sentence; for tests and for `main` only.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::runtime_error{error.what};
}

/// A value, or the sentence that says why there is none.
template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace queuemeter
