// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/cache.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace tilewright::tuner {
namespace {

using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

CacheKey key_of(const std::string& op) {
  return {.op = op, .device = "zen4 l2=1048576", .threads = 2, .build = "ab12"};
}

CacheValue value_of(const std::string& candidate, std::uint32_t samples) {
  return {.candidate = candidate,
          .log_seconds = -8.125,
          .deviation = 0.0625,
          .samples = samples,
          .clock_hz = 3.7e9,
          .date_s = 1'795'943'520};
}

TuningCache two_entries() {
  return {{key_of("conv 1"), value_of("dot_8x48/64,2", 9)},
          {key_of("conv 2"), value_of("dot_6x16/16,1", 4)}};
}

std::string warning_of(const std::string& text) {
  const LoadedCache loaded = parse_cache(text);
  REQUIRE(loaded.warning);
  CHECK(loaded.cache.empty());
  return *loaded.warning;
}

/// The text of two entries with one place changed.
std::string with(const std::string& from, const std::string& to) {
  std::string text = format_cache(two_entries());
  const std::size_t place = text.find(from);
  REQUIRE(place != std::string::npos);
  return text.replace(place, from.size(), to);
}

TEST_CASE("a cache survives being written and read", "[tuner][cache]") {
  const LoadedCache loaded = parse_cache(format_cache(two_entries()));
  CHECK_FALSE(loaded.warning);
  CHECK(loaded.cache == two_entries());
}

TEST_CASE("entries that are older than dates have none", "[tuner][cache]") {
  TuningCache undated = two_entries();
  for (auto& [key, value] : undated)
    value.date_s = 0;
  const std::string text = format_cache(undated);
  CHECK(text.find("date_s") == std::string::npos);
  const LoadedCache loaded = parse_cache(text);
  CHECK_FALSE(loaded.warning);
  CHECK(loaded.cache == undated);
}

TEST_CASE("an empty cache survives too", "[tuner][cache]") {
  const LoadedCache loaded = parse_cache(format_cache({}));
  CHECK_FALSE(loaded.warning);
  CHECK(loaded.cache.empty());
}

TEST_CASE("an entry is found by all parts of its key", "[tuner][cache]") {
  const TuningCache cache = two_entries();
  REQUIRE(find(cache, key_of("conv 2")) != nullptr);
  CHECK(find(cache, key_of("conv 2"))->candidate == "dot_6x16/16,1");
  for (const int part : {0, 1, 2, 3}) {
    CacheKey key = key_of("conv 2");
    if (part == 0) key.op = "conv 3";
    if (part == 1) key.device = "zen5";
    if (part == 2) key.threads = 1;
    if (part == 3) key.build = "ab13";
    CHECK(find(cache, key) == nullptr);
  }
}

TEST_CASE("the entry with more samples wins a merge, and ours of equal ones", "[tuner][cache]") {
  TuningCache ours{{key_of("a"), value_of("ours", 5)},
                   {key_of("b"), value_of("ours", 5)},
                   {key_of("c"), value_of("ours", 5)}};
  merge_cache(ours, {{key_of("a"), value_of("theirs", 6)},
                     {key_of("b"), value_of("theirs", 5)},
                     {key_of("d"), value_of("theirs", 1)}});
  CHECK(ours.size() == 4);
  CHECK(ours.at(key_of("a")).candidate == "theirs");
  CHECK(ours.at(key_of("b")).candidate == "ours");
  CHECK(ours.at(key_of("c")).candidate == "ours");
  CHECK(ours.at(key_of("d")).candidate == "theirs");
}

TEST_CASE("a text that is not a cache is a warning that says why", "[tuner][cache]") {
  CHECK(warning_of("") == "tuning cache: expected JSON, got other bytes");
  CHECK(warning_of("\xff\xfe{") == "tuning cache: expected JSON, got other bytes");
  CHECK(warning_of("[]") == "tuning cache: expected a JSON object, got array");
  CHECK(warning_of("{}") == "tuning cache: expected format 'tilewright-tuning', got another");
  CHECK(warning_of(with("\"version\":1", "\"version\":2")) ==
        "tuning cache: expected version 1, got 2");
  CHECK(warning_of(with("\"version\":1", "\"version\":\"1\"")) ==
        "tuning cache: expected version 1, got string");
  CHECK(warning_of(R"({"format":"tilewright-tuning","version":1})") ==
        "tuning cache: expected a list of entries and nothing else, got nothing");
  CHECK(warning_of(R"({"format":"tilewright-tuning","version":1,"entries":[],"more":1})") ==
        "tuning cache: expected a list of entries and nothing else, got array");
}

TEST_CASE("an entry that is not one is a warning that names it", "[tuner][cache]") {
  CHECK(warning_of(with("\"samples\":4", "\"samples\":4,\"more\":1")) ==
        "tuning cache: entry 1: expected an object of 10 fields, got object of 11");
  CHECK(warning_of(with("1795943520", "0")) ==
        "tuning cache: entry 0: expected 'date_s' to be seconds since 1970, got 0");
  CHECK_THAT(warning_of(with("1795943520", "4294967296")), ContainsSubstring("got 4294967296"));
  CHECK_THAT(warning_of(with("\"date_s\"", "\"date\"")), ContainsSubstring("got nothing"));
  CHECK(warning_of(with("\"samples\":4", "\"sample\":4")) ==
        "tuning cache: entry 1: expected 'samples' to be a whole number from 1 to 2^32 - 1, got "
        "nothing");
  CHECK_THAT(warning_of(with("\"samples\":9", "\"samples\":0")), ContainsSubstring("got 0"));
  CHECK_THAT(warning_of(with("\"samples\":9", "\"samples\":-1")), ContainsSubstring("got -1"));
  CHECK_THAT(warning_of(with("\"samples\":9", "\"samples\":4294967296")),
             ContainsSubstring("got 4294967296"));
  CHECK_THAT(warning_of(with("\"threads\":2", "\"threads\":2.5")), ContainsSubstring("got 2.5"));
  CHECK_THAT(warning_of(with("-8.125", "1e300")),
             ContainsSubstring("'log_seconds' to be a number from -50.0 to 50.0, got 1e+300"));
  CHECK_THAT(warning_of(with("0.0625", "-1")), ContainsSubstring("'deviation'"));
  CHECK_THAT(warning_of(with("0.0625", "null")), ContainsSubstring("got null"));
  CHECK_THAT(warning_of(with("\"conv 1\"", "7")),
             ContainsSubstring("'op' to be text of 1 to 1024 bytes, got 7"));
  CHECK_THAT(warning_of(with("conv 1", "")), ContainsSubstring("got string"));
  CHECK_THAT(warning_of(with("conv 1", std::string(1025, 'x'))), ContainsSubstring("got string"));
  CHECK(warning_of(with("conv 2", "conv 1")) ==
        "tuning cache: entry 1: expected a key of its own, got that of an earlier entry");
}

TEST_CASE("a cache cut at any byte is a warning or whole", "[tuner][cache]") {
  const std::string text = format_cache(two_entries());
  for (std::size_t size = 0; size + 2 < text.size(); ++size) {
    CAPTURE(size);
    CHECK(parse_cache(text.substr(0, size)).warning);
  }
}

TEST_CASE("a cache with any byte changed is never more than a warning", "[tuner][cache]") {
  const std::string text = format_cache(two_entries());
  for (std::size_t place = 0; place < text.size(); ++place) {
    for (const char byte : {'\0', '"', '{', '9', '\x80'}) {
      std::string changed = text;
      changed[place] = byte;
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(changed.data()), changed.size());
    }
  }
}

TEST_CASE("a huge, deep or crowded text is refused", "[tuner][cache]") {
  CHECK(warning_of(std::string(static_cast<std::size_t>(kMaxCacheBytes) + 1, ' ')) ==
        "tuning cache: expected at most 16777216 bytes, got 16777217");
  CHECK(warning_of(std::string(1000000, '[')) == "tuning cache: expected JSON, got other bytes");
  CHECK_THAT(warning_of(std::string(100000, '[') + std::string(100000, ']')),
             ContainsSubstring("got array"));
  std::string crowded = R"({"format":"tilewright-tuning","version":1,"entries":[0)";
  for (std::size_t i = 0; i < kMaxCacheEntries; ++i)
    crowded += ",0";
  CHECK(warning_of(crowded + "]}") == "tuning cache: expected at most 65536 entries, got 65537");
}

TEST_CASE("entries that no reader would take are not written", "[tuner][cache]") {
  TuningCache cache = two_entries();
  cache[key_of("no samples")] = value_of("a", 0);
  cache[key_of(std::string(1025, 'x'))] = value_of("a", 1);
  cache[key_of("")] = value_of("a", 1);
  cache[key_of("conv \xff")] = value_of("a", 1);
  cache[key_of("not a number")] = value_of("a", 1);
  cache[key_of("not a number")].log_seconds = std::nan("");
  cache[key_of("infinite")] = value_of("a", 1);
  cache[key_of("infinite")].clock_hz = std::numeric_limits<double>::infinity();
  const LoadedCache loaded = parse_cache(format_cache(cache));
  CHECK_FALSE(loaded.warning);
  CHECK(loaded.cache == two_entries());
}

TEST_CASE("what tuning found becomes a value, unless it was never measured", "[tuner][cache]") {
  const Layer layer{.name = "l", .candidates = {{.name = "a"}, {.name = "b"}}};
  LayerOutcome outcome{
      .chosen = 1, .log_seconds = -7, .log_seconds_deviation = 0.01, .samples = 12};
  const auto value = cache_value(layer, outcome, 3e9);
  REQUIRE(value);
  CHECK(*value == CacheValue{.candidate = "b",
                             .log_seconds = -7,
                             .deviation = 0.01,
                             .samples = 12,
                             .clock_hz = 3e9,
                             .date_s = value->date_s});
  CHECK(value->date_s > 1'700'000'000);
  CHECK(find_candidate(layer, value->candidate) == 1);
  CHECK(find_candidate(layer, "c") == std::nullopt);
  outcome.samples = 0;
  CHECK_FALSE(cache_value(layer, outcome, 3e9));
}

TEST_CASE("the inputs that fuzzing starts from are read without harm", "[tuner][cache]") {
  int count = 0;
  for (const auto& file :
       fs::directory_iterator(TILEWRIGHT_SOURCE_DIR "/tests/fuzz/corpus/cache")) {
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++count;
  }
  CHECK(count >= 5);
}

TEST_CASE("what another build found is told apart, the best known first", "[tuner][cache]") {
  const CacheKey here{"conv", "cpu", 1, "build 5"};
  TuningCache cache;
  cache[{"conv", "cpu", 1, "build 3"}] = value_of("old", 4);
  cache[{"conv", "cpu", 1, "build 7"}] = value_of("newer", 9);
  cache[{"conv", "cpu", 2, "build 3"}] = value_of("other threads", 20);
  cache[{"conv", "gpu", 1, "build 3"}] = value_of("other device", 20);
  cache[{"con", "cpu", 1, "build 3"}] = value_of("other op", 20);
  CHECK(find(cache, here) == nullptr);
  REQUIRE(find_older(cache, here) != nullptr);
  CHECK(find_older(cache, here)->candidate == "newer");
  cache[here] = value_of("ours", 30);
  CHECK(find_older(cache, here)->candidate == "newer");
  CHECK(find_older(cache, {"conv", "cpu", 3, "build 5"}) == nullptr);
  cache[{"conv", "cpu", 1, "build 9"}] = value_of("latest", 9);
  cache[{"conv", "cpu", 1, "build 9"}].date_s += 1;
  CHECK(find_older(cache, here)->candidate == "latest");
}

TEST_CASE("what was found when less was told of the device is a prior, not an answer",
          "[tuner][cache]") {
  const CacheKey here{"conv", "cpu caches 32 KiB pages 4096 cores 1024", 2, "build 5"};
  TuningCache cache;
  cache[{"conv", "cpu caches 32 KiB", 1, "build 5"}] = value_of("other threads", 9);
  cache[{"conv", "cpu caches 3", 2, "build 5"}] = value_of("other device", 9);
  cache[{"conv", "cpu caches 32 KiB pages 16384", 2, "build 5"}] = value_of("other pages", 9);
  CHECK(find_older(cache, here) == nullptr);
  cache[{"conv", "cpu caches 32 KiB", 2, "build 5"}] = value_of("same build", 4);
  CHECK(find(cache, here) == nullptr);
  REQUIRE(find_older(cache, here) != nullptr);
  CHECK(find_older(cache, here)->candidate == "same build");
}

}  // namespace
}  // namespace tilewright::tuner
