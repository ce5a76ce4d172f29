// SPDX-License-Identifier: Apache-2.0
// What tuning inside inferences promises, on recorded tables under a simulated clock.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "bench/tuner/in_situ_simulator.h"
#include "bench/tuner/plausible_devices.h"
#include "lib/tuner/device_text.h"
#include "lib/tuner/statistics.h"

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

TEST_CASE("no kernel of a step of over 2 % of its network takes 2.5 times its analytic time") {
  // What InSituPolicy takes for the worst of a kernel that it has not seen.
  std::size_t kernels = 0;
  for (const std::string& path : table_paths()) {
    const auto table = read_table(path);
    REQUIRE(table);
    double network_seconds = 0;
    std::vector<std::vector<std::size_t>> orders;
    for (const RecordedLayer& layer : table->layers) {
      orders.push_back(in_situ_order(layer.layer, kMostInSituTrials + 1));
      network_seconds += static_cast<double>(layer.layer.count) *
                         tuner::median(layer.seconds[orders.back().front()]);
    }
    for (std::size_t k = 0; k < orders.size(); ++k) {
      const RecordedLayer& layer = table->layers[k];
      const std::size_t untuned = orders[k].front();
      const double untuned_seconds = tuner::median(layer.seconds[untuned]);
      if (untuned_seconds <= 0.02 * network_seconds) continue;
      for (const std::size_t i : orders[k]) {
        const double ratio = std::exp(layer.layer.candidates[i].analytic_log_seconds -
                                      layer.layer.candidates[untuned].analytic_log_seconds);
        CAPTURE(table->name, k, layer.layer.candidates[i].name);
        CHECK(tuner::median(layer.seconds[i]) < 2.5 * ratio * untuned_seconds);
        ++kernels;
      }
    }
  }
  CHECK(kernels > 1000);
}

}  // namespace tilewright::bench
