// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lib/tuner/cache.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tuner {
namespace {

using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

using Folder = TemporaryFolder;

TuningCache one_entry(const std::string& op, const std::string& candidate, std::uint32_t samples) {
  return {{{.op = op, .device = "d", .threads = 1, .build = "b"},
           {.candidate = candidate, .log_seconds = -7, .samples = samples}}};
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST_CASE("a cache file that does not exist is empty without a warning", "[tuner][cache]") {
  const Folder folder;
  const LoadedCache loaded = load_cache(folder.file("none.json"));
  CHECK_FALSE(loaded.warning);
  CHECK(loaded.cache.empty());
}

TEST_CASE("what is saved is loaded, and nothing is left beside it", "[tuner][cache]") {
  const Folder folder;
  const std::string path = folder.file("tune.json");
  REQUIRE(save_cache(one_entry("conv", "a", 3), path));
  const LoadedCache loaded = load_cache(path);
  CHECK_FALSE(loaded.warning);
  CHECK(loaded.cache == one_entry("conv", "a", 3));
  CHECK(folder.file_count() == 1);
}

TEST_CASE("saving keeps what other models and processes have found", "[tuner][cache]") {
  const Folder folder;
  const std::string path = folder.file("tune.json");
  REQUIRE(save_cache(one_entry("conv", "theirs", 9), path));
  REQUIRE(save_cache(one_entry("dense", "ours", 2), path));
  REQUIRE(save_cache(one_entry("conv", "ours", 3), path));
  const TuningCache cache = load_cache(path).cache;
  CHECK(cache.size() == 2);
  CHECK(cache.begin()->second.candidate == "theirs");
}

TEST_CASE("a damaged cache is a warning with its path, and saving starts afresh",
          "[tuner][cache]") {
  const Folder folder;
  const std::string path = folder.file("tune.json");
  const std::string whole = format_cache(one_entry("conv", "a", 3));
  for (std::size_t size = 0; size < whole.size() - 1; ++size) {
    write_text(path, whole.substr(0, size));
    const LoadedCache loaded = load_cache(path);
    CHECK(loaded.warning == "tuning cache: expected JSON, got other bytes (" + path + ")");
    CHECK_FALSE(loaded.is_foreign);
  }
  REQUIRE(save_cache(one_entry("conv", "a", 3), path));
  CHECK(load_cache(path).cache == one_entry("conv", "a", 3));
}

TEST_CASE("a file that is no cache is a warning, an error for saving, and left as it is",
          "[tuner][cache]") {
  const Folder folder;
  const std::string path = folder.file("tune.json");
  const std::string texts[] = {"hello", "[]", "{}", R"({"format":"other"})", std::string(40, '\0')};
  for (const std::string& text : texts) {
    write_text(path, text);
    const LoadedCache loaded = load_cache(path);
    REQUIRE(loaded.warning);
    CHECK_THAT(*loaded.warning,
               ContainsSubstring("(" + path + "): it is neither read nor written"));
    CHECK(loaded.is_foreign);
    const Status saved = save_cache(one_entry("conv", "a", 3), path);
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == ErrorCode::InvalidModel);
    CHECK(saved.error().message == *loaded.warning);
    CHECK(load_cache(path).warning == loaded.warning);
  }
}

TEST_CASE("a folder in the place of the file is a warning, and an error for saving",
          "[tuner][cache]") {
  const Folder folder;
  const std::string path = folder.file("tune.json");
  fs::create_directory(path);
  CHECK(load_cache(path).warning);
  const Status saved = save_cache(one_entry("conv", "a", 3), path);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code == ErrorCode::IoError);
  CHECK_THAT(saved.error().message, ContainsSubstring(path));
  CHECK(folder.file_count() == 1);
}

TEST_CASE("a file that is too large is a warning", "[tuner][cache]") {
  const Folder folder;
  const std::string path = folder.file("tune.json");
  write_text(path, "{");
  fs::resize_file(path, static_cast<std::uintmax_t>(kMaxCacheBytes) + 1);
  const LoadedCache loaded = load_cache(path);
  REQUIRE(loaded.warning);
  CHECK_THAT(*loaded.warning, ContainsSubstring("expected at most 16777216 bytes"));
  CHECK_FALSE(save_cache(one_entry("conv", "a", 3), path));
}

TEST_CASE("a save that fails leaves the old file", "[tuner][cache]") {
  const Folder folder;
  const std::string path = folder.file("tune.json");
  REQUIRE(save_cache(one_entry("conv", "a", 3), path));
  // Too many entries of one save: refused before anything is written.
  TuningCache crowded;
  for (std::size_t i = 0; i <= kMaxCacheEntries; ++i) {
    crowded.merge(one_entry(std::to_string(i), "a", 1));
  }
  const Status saved = save_cache(crowded, path);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code == ErrorCode::ResourceExhausted);
  CHECK_THAT(saved.error().message, ContainsSubstring("expected at most 65536 entries"));
  CHECK(load_cache(path).cache == one_entry("conv", "a", 3));

  const Status nowhere = save_cache(one_entry("conv", "a", 3), folder.file("missing/tune.json"));
  REQUIRE_FALSE(nowhere);
  CHECK_THAT(nowhere.error().message, ContainsSubstring("missing/tune.json"));
}

TEST_CASE("a file full of others' entries gives way to ours", "[tuner][cache]") {
  const Folder folder;
  const std::string path = folder.file("tune.json");
  TuningCache full;
  for (std::size_t i = 0; i < kMaxCacheEntries; ++i)
    full.merge(one_entry(std::to_string(i), "a", 1));
  REQUIRE(save_cache(full, path));
  REQUIRE(save_cache(one_entry("ours", "b", 1), path));
  CHECK(load_cache(path).cache == one_entry("ours", "b", 1));
}

}  // namespace
}  // namespace tilewright::tuner
