// SPDX-License-Identifier: Apache-2.0
#include "lib/cache_sizes.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tests {
namespace {

void describe_cache(const tuner::TemporaryFolder& folder, int core, int index,
                    const std::string& level, const std::string& type, const std::string& size) {
  const std::filesystem::path own =
      folder.path() / ("cpu" + std::to_string(core)) / "cache" / ("index" + std::to_string(index));
  std::filesystem::create_directories(own);
  std::ofstream(own / "level") << level << "\n";
  std::ofstream(own / "type") << type << "\n";
  std::ofstream(own / "size") << size << "\n";
}

}  // namespace

TEST_CASE("sizes of caches are those of the first core that is described, without instructions") {
  const tuner::TemporaryFolder folder;
  describe_cache(folder, 2, 0, "1", "Data", "48K");
  describe_cache(folder, 2, 1, "1", "Instruction", "32K");
  describe_cache(folder, 2, 2, "2", "Unified", "2M");
  describe_cache(folder, 2, 3, "3", "Unified", "32768K");
  describe_cache(folder, 3, 0, "1", "Data", "64K");
  const CacheSizes sizes = cache_sizes(folder.path().string(), std::vector<int>{1, 2, 3});
  CHECK(sizes.l1_bytes == 48.0 * 1024);
  CHECK(sizes.l2_bytes == 2.0 * 1024 * 1024);
  CHECK(sizes.l3_bytes == 32.0 * 1024 * 1024);
}

TEST_CASE("caches without a size that can be read have none") {
  const tuner::TemporaryFolder folder;
  const std::string path = folder.path().string();
  CHECK_FALSE(cache_sizes(path, std::vector<int>{0}).l1_bytes);
  describe_cache(folder, 0, 0, "1", "Data", "32K");
  int index = 1;
  for (const char* size : {"", "many", "-4K", "0K", "4G", "99999999999999999999K"}) {
    describe_cache(folder, 0, index++, "3", "Unified", size);
    const CacheSizes sizes = cache_sizes(path, std::vector<int>{0});
    CHECK(sizes.l1_bytes == 32.0 * 1024);
    CHECK_FALSE(sizes.l2_bytes);
    CHECK_FALSE(sizes.l3_bytes);
  }
}

}  // namespace tilewright::tests
