// SPDX-License-Identifier: Apache-2.0
#include "harness/front/call_token.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <random>

namespace queuemeter {
namespace {

/// Up to eight bytes as a little-endian word, whatever the machine.
std::uint64_t word_of(std::span<const std::uint8_t> bytes) noexcept {
  std::uint64_t word = 0;
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    word |= std::uint64_t{bytes[index]} << (8U * index);
  }
  return word;
}

/// The four words that SipHash stirs.
struct SipState {
  std::uint64_t a, b, c, d;

  void stir(int rounds) noexcept {
    for (; rounds > 0; --rounds) {
      a += b;
      c += d;
      b = std::rotl(b, 13) ^ a;
      d = std::rotl(d, 16) ^ c;
      a = std::rotl(a, 32);
      c += b;
      a += d;
      b = std::rotl(b, 17) ^ c;
      d = std::rotl(d, 21) ^ a;
      c = std::rotl(c, 32);
    }
  }
  void absorb(std::uint64_t word) noexcept {
    d ^= word;
    stir(2);
    a ^= word;
  }
};

void write_hex(std::uint64_t value, char* to) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  for (unsigned place = 0; place < 16; ++place) {
    to[place] = digits[value >> (60U - 4U * place) & 0xFU];
  }
}

std::optional<std::uint64_t> read_hex(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  return error == std::errc{} && stop == end ? std::optional{value} : std::nullopt;
}

}  // namespace

RunSecret make_run_secret() {
  std::random_device device;
  RunSecret secret;
  std::ranges::generate(secret, [&device] { return static_cast<std::uint8_t>(device()); });
  return secret;
}

std::uint64_t siphash(const RunSecret& key, std::span<const std::uint8_t> message) noexcept {
  const std::span<const std::uint8_t> bytes{key};
  const std::uint64_t low = word_of(bytes.first(8));
  const std::uint64_t high = word_of(bytes.last(8));
  SipState state{low ^ 0x736f6d6570736575U, high ^ 0x646f72616e646f6dU, low ^ 0x6c7967656e657261U,
                 high ^ 0x7465646279746573U};
  const std::uint64_t length = message.size();
  for (; message.size() >= 8; message = message.subspan(8)) {
    state.absorb(word_of(message.first(8)));
  }
  state.absorb(word_of(message) | length << 56U);
  state.c ^= 0xFFU;
  state.stir(4);
  return state.a ^ state.b ^ state.c ^ state.d;
}

std::uint64_t CallTokens::token_of(std::uint64_t sequence) const noexcept {
  std::array<std::uint8_t, 16> message{};
  for (std::size_t index = 0; index < 8; ++index) {
    message[index] = static_cast<std::uint8_t>(run_id_ >> (8U * index));
    message[8 + index] = static_cast<std::uint8_t>(sequence >> (8U * index));
  }
  return siphash(secret_, message);
}

CallTokens::Text CallTokens::text_of(std::uint64_t sequence) const noexcept {
  Text text{};
  write_hex(sequence, text.data());
  text[16] = '/';
  write_hex(token_of(sequence), text.data() + 17);
  return text;
}

std::optional<std::uint64_t> CallTokens::sequence_of(std::string_view text) const noexcept {
  if (text.size() != text_size || text[16] != '/') {
    return std::nullopt;
  }
  const std::optional<std::uint64_t> sequence = read_hex(text.substr(0, 16));
  const std::optional<std::uint64_t> token = read_hex(text.substr(17));
  if (!sequence.has_value() || !token.has_value() || (*token ^ token_of(*sequence)) != 0) {
    return std::nullopt;
  }
  return sequence;
}

}  // namespace queuemeter
