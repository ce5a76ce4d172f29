// SPDX-License-Identifier: Apache-2.0
// A cache file put together without allocating is the one that would be written otherwise.
#include "lib/tuner/cache_text.h"

#include <catch2/catch_test_macros.hpp>

namespace tilewright::tuner {
namespace {

CacheKey key_of(const std::string& op) {
  return {op, "a \"device\"", 2, "build"};
}

CacheValue value_of(const std::string& candidate, double log_seconds) {
  return {candidate, log_seconds, 0.015625, 7, 3.5e9, 1'795'943'520};
}

}  // namespace

TEST_CASE("the text with open entries reads as the cache with them") {
  TuningCache others;
  others[key_of("conv")] = value_of("a/0", -7.25);
  const OpenEntry entries[] = {{key_of("pool\n"), {"x/1", "y/\"2\""}, 3.5e9},
                               {key_of("dot"), {"z/3"}, 3.5e9},
                               {key_of("conv2"), {"w/4", "v/5"}, 3.5e9}};
  for (const bool has_others : {false, true}) {
    const TuningCache start = has_others ? others : TuningCache{};
    CacheText text(start, entries);
    for (int round = 0; round < 2; ++round) {
      text.begin();
      text.add(0, 1, value_of("", -9.1234567891234567));
      text.add(2, 0, value_of("", -1e-5));
      TuningCache expected = start;
      expected[entries[0].key] = value_of("y/\"2\"", -9.1234567891234567);
      expected[entries[2].key] = value_of("w/4", -1e-5);
      const LoadedCache read = parse_cache(text.end());
      CAPTURE(read.warning.value_or(""));
      CHECK(read.cache == expected);
    }
    text.begin();
    CHECK(parse_cache(text.end()).cache == start);
  }
}

TEST_CASE("an entry that is open takes the place of the one that was there") {
  TuningCache others;
  others[key_of("conv")] = value_of("a/0", -7);
  const OpenEntry entries[] = {{key_of("conv"), {"b/0"}, 3.5e9}};
  CacheText text(others, entries);
  text.begin();
  text.add(0, 0, value_of("", -8));
  const TuningCache read = parse_cache(text.end()).cache;
  REQUIRE(read.size() == 1);
  CHECK(read.begin()->second.candidate == "b/0");
}

}  // namespace tilewright::tuner
