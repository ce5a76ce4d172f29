// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/refuted_states.h"

#include <algorithm>

namespace tilewright::scheduler {
namespace {

/// Source: the finaliser of SplitMix64 (Steele, Lea, Flood, Fast splittable generators, 2014).
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

std::size_t RefutedStates::slot(std::span<const std::int64_t> key) const {
  std::uint64_t hash = key.size();
  for (const std::int64_t word : key)
    hash = mix(hash + static_cast<std::uint64_t>(word) + 0x9e3779b97f4a7c15);
  std::size_t slot = hash & (slots_.size() - 1);
  while (slots_[slot] != kFree && !std::ranges::equal(key_at(slots_[slot]), key)) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

bool RefutedStates::contains(std::span<const std::int64_t> key) const {
  return slots_[slot(key)] != kFree;
}

void RefutedStates::grow() {
  std::vector<std::uint32_t> old(slots_.size() * 2, kFree);
  old.swap(slots_);
  for (const std::uint32_t entry : old) {
    if (entry != kFree) slots_[slot(key_at(entry))] = entry;
  }
}

void RefutedStates::add(std::span<const std::int64_t> key) {
  if (words_.size() + key.size() > max_words_) return;
  if (begins_.size() * 2 >= slots_.size()) grow();
  const std::size_t free = slot(key);
  if (slots_[free] != kFree) return;
  slots_[free] = static_cast<std::uint32_t>(begins_.size() - 1);
  words_.insert(words_.end(), key.begin(), key.end());
  begins_.push_back(words_.size());
}

}  // namespace tilewright::scheduler
