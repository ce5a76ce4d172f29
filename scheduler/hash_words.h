// SPDX-License-Identifier: Apache-2.0
// A hash of words, the same on every machine, for the tables of the searches.
#pragma once

#include <cstdint>
#include <span>

namespace tilewright::scheduler {

/// Source: SplitMix64 (Steele, Lea, Flood, Fast splittable generators, 2014).
template <typename Word>
[[nodiscard]] std::uint64_t hash_words(std::span<const Word> words, std::uint64_t seed) {
  std::uint64_t hash = seed;
  for (const Word word : words) {
    hash += static_cast<std::uint64_t>(word) + 0x9e3779b97f4a7c15;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
    hash ^= hash >> 31;
  }
  return hash;
}

}  // namespace tilewright::scheduler
