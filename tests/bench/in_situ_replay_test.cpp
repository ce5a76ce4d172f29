// SPDX-License-Identifier: Apache-2.0
// What tuning inside inferences promises, on recorded tables under a simulated clock.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "bench/tuner/in_situ_simulator.h"
#include "bench/tuner/plausible_devices.h"
#include "lib/tuner/device_text.h"

namespace tilewright::bench {
namespace {

constexpr std::int64_t kRuns = 200;

std::vector<std::string> table_paths() {
  std::vector<std::string> paths;
  for (const auto& file :
       std::filesystem::directory_iterator(TILEWRIGHT_SOURCE_DIR "/bench/tables"))
    paths.push_back(file.path().string());
  REQUIRE(paths.size() >= 4);
  return paths;
}

/// Holds the promises for every seed; the mean gain as a share of the best on trial.
double check_promises(const RecordedTable& table, std::uint64_t seeds) {
  double gain = 0;
  double best_gain = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const InSituSimulation seen = simulate_in_situ(table, kRuns, seed);
    CAPTURE(table.name, tuner::format_device(table.device), seed);
    CHECK(seen.ratios.front() <= 1.10);
    CHECK(*std::ranges::max_element(seen.ratios) <= 1.25);
    CHECK(seen.gains.back() >= 0);
    CHECK(seen.gains[99] >= 0.95 * seen.gains.back());
    CHECK(seen.settled_run > 0);
    gain += seen.gains.back();
    best_gain += seen.trial_best_gain;
  }
  return gain / best_gain;
}

}  // namespace

TEST_CASE("no inference takes over 1.25 times the untuned one, and 95 % of the gain come in 100") {
  for (const std::string& path : table_paths()) {
    const auto table = read_table(path);
    REQUIRE(table);
    REQUIRE(table->layers.size() > 10);
    CAPTURE(table->name);
    CHECK(check_promises(*table, 50) >= 0.5);
  }
}

TEST_CASE("promises of tuning inside inferences hold whatever the device is taken for") {
  // Of 50 devices, some that share little; `in_situ_replay --plausible` takes all.
  constexpr std::size_t kStride = 11;
  for (const std::string& path : table_paths()) {
    const auto recorded = read_table(path);
    REQUIRE(recorded);
    const std::vector<tuner::DeviceParameters> devices = plausible_devices(recorded->device);
    REQUIRE(devices.size() == 50);
    for (std::size_t i = 1; i < devices.size(); i += kStride) {
      const auto table = read_table(path, devices[i]);
      REQUIRE(table);
      check_promises(*table, 3);
    }
  }
}

}  // namespace tilewright::bench
