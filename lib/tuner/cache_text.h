// SPDX-License-Identifier: Apache-2.0
// The text of a cache file of which some entries still change, put together without allocating.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tuner/cache.h"

namespace tilewright::tuner {

/// An entry whose key is known and whose value is not yet.
struct OpenEntry {
  CacheKey key;
  std::vector<std::string> candidates;
  double clock_hz = 0;
};

/// Allocates in its constructor only.
class CacheText {
 public:
  /// `others` without the keys of `entries` come first, as they are.
  CacheText(TuningCache others, std::span<const OpenEntry> entries);

  void begin();
  /// Adds the entry of that number with one of its candidates; each number once between `begin` and
  /// `end`. Of `value`, `candidate` and `clock_hz` are not looked at.
  void add(std::size_t entry, std::size_t candidate, const CacheValue& value);
  /// What `parse_cache` reads. Valid until the next call.
  [[nodiscard]] std::string_view end();

 private:
  void put(std::string_view text);
  void put(double number);
  void put(std::int64_t number);

  std::string others_;              // without the closing brackets
  std::vector<std::string> heads_;  // of each entry, up to the name of the candidate
  std::vector<std::string> clocks_;
  std::vector<std::vector<std::string>> candidates_;
  std::string text_;
  bool has_entries_;
};

}  // namespace tilewright::tuner
