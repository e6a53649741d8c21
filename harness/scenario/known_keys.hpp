// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace queuemeter {

/// What a key takes. The units of times, rates and sizes are those of harness/call/quantity.hpp.
enum class KeyType {
  time,
  rate,
  count,
  sizes,  ///< a distribution of sizes
  number,
  fraction,
  flag,
  word,
  text,
  distribution,
  table,
  list
};

/// One key of a scenario file, as data: what is read, printed by `--help` and documented.
struct KnownKey {
  std::string_view key;  ///< "traffic.rate"; the keys of a list's tables likewise
  KeyType type;
  std::string_view fallback;  ///< the default as TOML; empty where leaving it out means "none"
  std::string_view values;    ///< the words or the range it takes
  std::string_view help;
  std::string_view instead;  ///< when not empty: not built yet, and the nearest possible setting
};

/// A word of a built key that belongs to a later ability.
struct UnbuiltWord {
  std::string_view key;
  std::string_view word;     ///< a "*" at its end stands for anything
  std::string_view instead;  ///< what is possible today
};

/// Every key, in the order of a scenario file.
[[nodiscard]] std::span<const KnownKey> known_keys() noexcept;

/// The row of a key; nullptr for a table that only holds others ("run") and for unknown ones.
[[nodiscard]] const KnownKey* find_known_key(std::string_view key) noexcept;

/// True for "run", "backend.timeouts", "fault": tables whose keys are rows of `known_keys`.
[[nodiscard]] bool is_table_of_keys(std::string_view path) noexcept;

/// True for "fault", "traffic.stages" and "traffic.class": lists of such tables.
[[nodiscard]] bool is_list_of_tables(std::string_view path) noexcept;

/// The key (or table) that was probably meant by an unknown one: by its name within its table, or
/// by its last name in another table ("rate" → "traffic.rate").
[[nodiscard]] std::string nearest_key(std::string_view unknown);

[[nodiscard]] std::span<const UnbuiltWord> unbuilt_words() noexcept;

/// What is possible instead of a word that is not built yet: ("fault.what", "kill") →
/// `what = "freeze"`. Nothing for every other word.
[[nodiscard]] std::optional<std::string_view> instead_of(std::string_view key,
                                                         std::string_view word) noexcept;

/// "a time such as \"250us\" or \"2s\"": what an error says was wanted.
[[nodiscard]] std::string_view wanted(KeyType type) noexcept;

/// "time", "rate": the word of the reference page and of `--help`.
[[nodiscard]] std::string_view to_string(KeyType type) noexcept;

}  // namespace queuemeter
