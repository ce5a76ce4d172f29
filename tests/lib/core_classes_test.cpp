// SPDX-License-Identifier: Apache-2.0
#include "lib/core_classes.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "lib/cache_sizes.h"
#include "lib/device_profile.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tests {
namespace {

void describe(const tuner::TemporaryFolder& folder, int core, const std::string& speed,
              const std::string& kind) {
  const std::filesystem::path own = folder.path() / ("cpu" + std::to_string(core));
  std::filesystem::create_directories(own / "regs/identification");
  if (!speed.empty()) std::ofstream(own / "cpu_capacity") << speed << "\n";
  if (!kind.empty()) std::ofstream(own / "regs/identification/midr_el1") << kind << "\n";
}

}  // namespace

TEST_CASE("kinds of cores are named once, slow ones first, of the cores that may be used") {
  const tuner::TemporaryFolder folder;
  const std::string path = folder.path().string();
  const std::vector<int> all{0, 1, 2, 3};
  CHECK(core_classes(path, all).empty());
  describe(folder, 0, "1024", "0x414fd0b0");
  describe(folder, 1, "1024", "0x414fd0b0");
  describe(folder, 2, "446", "0x412fd050");
  describe(folder, 3, "446", "");
  CHECK(core_classes(path, all) == "446,446/0x412fd050,1024/0x414fd0b0");
  CHECK(core_classes(path, std::vector<int>{0, 1}) == "1024/0x414fd0b0");
  CHECK(core_classes(path, {}).empty());
}

TEST_CASE("what is no word in the place of a kind of core is left out") {
  const tuner::TemporaryFolder folder;
  const std::string path = folder.path().string();
  describe(folder, 0, "10\"24", "");
  describe(folder, 1, std::string(100, '1'), "");
  CHECK(core_classes(path, std::vector<int>{0, 1}).empty());
}

TEST_CASE("the name of the device tells pages, and cores where the system does") {
  const std::string name = device_name();
  CHECK(name.find(" pages " + std::to_string(page_bytes())) != std::string::npos);
  const std::string cores = core_classes();
  CHECK((name.find(" cores ") != std::string::npos) == !cores.empty());
  CHECK(name.ends_with(cores));
  CHECK(name == device_name());
}

}  // namespace tilewright::tests
