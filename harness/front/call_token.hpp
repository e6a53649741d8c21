// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace queuemeter {

/// What only this run knows: the key of its callback tokens.
using RunSecret = std::array<std::uint8_t, 16>;

/// From the system's random numbers.
[[nodiscard]] RunSecret make_run_secret();

/// SipHash-2-4: a short keyed hash that nobody without the key can predict.
/// Source: Aumasson and Bernstein, SipHash: a fast short-input PRF (2012).
[[nodiscard]] std::uint64_t siphash(const RunSecret& key,
                                    std::span<const std::uint8_t> message) noexcept;

/// Names a call of one run to whoever is to report its result, so that nobody else can: the last
/// two parts of a callback's URL, `<sequence>/<token>`, both in hexadecimal. The token is a keyed
/// hash of run and sequence, so a result that was never asked for is told from one that was,
/// without a list of what is out. Immutable: safe from any thread.
class CallTokens {
 public:
  CallTokens(std::uint64_t run_id, const RunSecret& secret) noexcept
      : run_id_{run_id}, secret_{secret} {}

  static constexpr std::size_t text_size = 16 + 1 + 16;
  using Text = std::array<char, text_size>;
  [[nodiscard]] Text text_of(std::uint64_t sequence) const noexcept;

  /// The call that a text names; nothing when it is not one of ours. Takes as long for a token that
  /// is nearly right as for any other.
  [[nodiscard]] std::optional<std::uint64_t> sequence_of(std::string_view text) const noexcept;

 private:
  [[nodiscard]] std::uint64_t token_of(std::uint64_t sequence) const noexcept;

  std::uint64_t run_id_;
  RunSecret secret_;
};

}  // namespace queuemeter
