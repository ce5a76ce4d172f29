// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/refuted_states.h"

#include <algorithm>

#include "scheduler/hash_words.h"

namespace tilewright::scheduler {

std::size_t RefutedStates::slot(std::span<const std::int64_t> key) const {
  std::size_t slot = hash_words(key, key.size()) & (slots_.size() - 1);
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
