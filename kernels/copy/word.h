// SPDX-License-Identifier: Apache-2.0
// Elements as bits, whatever their dtype: words that may alias any other type.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tilewright::kernels {

struct [[gnu::may_alias]] Word1 {
  std::uint8_t bits;
};
struct [[gnu::may_alias]] Word2 {
  std::uint16_t bits;
};
struct [[gnu::may_alias]] Word4 {
  std::uint32_t bits;
};
struct [[gnu::may_alias]] Word8 {
  std::uint64_t bits;
};

/// Calls f(word) with a word of `bytes` bytes: its type says which.
template <typename F>
void with_word(std::int64_t bytes, F&& f) {
  switch (bytes) {
    case 1:
      return f(Word1{});
    case 2:
      return f(Word2{});
    case 4:
      return f(Word4{});
    case 8:
      return f(Word8{});
    default:
      return;  // no dtype has another size
  }
}

template <typename Word>
[[nodiscard]] Word* words(std::byte* bytes) {
  return reinterpret_cast<Word*>(bytes);
}
template <typename Word>
[[nodiscard]] const Word* words(const std::byte* bytes) {
  return reinterpret_cast<const Word*>(bytes);
}

}  // namespace tilewright::kernels
