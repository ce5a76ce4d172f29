// SPDX-License-Identifier: Apache-2.0
// States of an arena search that are known to lead nowhere.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tilewright::scheduler {

/// A set of keys, each a few words long and compared in full; forgets nothing, and takes no more
/// once it has `max_words`.
class RefutedStates {
 public:
  explicit RefutedStates(std::size_t max_words) : max_words_(max_words), slots_(1024, kFree) {}

  [[nodiscard]] bool contains(std::span<const std::int64_t> key) const;
  void add(std::span<const std::int64_t> key);

 private:
  static constexpr std::uint32_t kFree = 0xffff'ffff;

  [[nodiscard]] std::span<const std::int64_t> key_at(std::uint32_t entry) const {
    return {words_.data() + begins_[entry], begins_[entry + 1] - begins_[entry]};
  }
  [[nodiscard]] std::size_t slot(std::span<const std::int64_t> key) const;
  void grow();

  std::size_t max_words_;
  std::vector<std::int64_t> words_;
  std::vector<std::size_t> begins_{0};
  std::vector<std::uint32_t> slots_;  // open addressing, a power of two
};

}  // namespace tilewright::scheduler
