// SPDX-License-Identifier: Apache-2.0
// What tuning inside inferences promises, on recorded tables under a simulated clock.
#include <algorithm>
#include <filesystem>

#include <catch2/catch_test_macros.hpp>

#include "bench/tuner/in_situ_simulator.h"

namespace tilewright::bench {
namespace {

constexpr std::uint64_t kSeeds = 50;
constexpr std::int64_t kRuns = 200;

std::vector<RecordedTable> tables() {
  std::vector<RecordedTable> tables;
  for (const auto& file :
       std::filesystem::directory_iterator(TILEWRIGHT_SOURCE_DIR "/bench/tables")) {
    auto table = read_table(file.path().string());
    REQUIRE(table);
    REQUIRE(table->layers.size() > 10);
    tables.push_back(*std::move(table));
  }
  REQUIRE(tables.size() >= 4);
  return tables;
}

}  // namespace

TEST_CASE("no inference takes over 1.25 times the untuned one, and 95 % of the gain come in 100") {
  for (const RecordedTable& table : tables()) {
    double mean_gain = 0;
    double best_gain = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const InSituSimulation seen = simulate_in_situ(table, kRuns, seed);
      CAPTURE(table.name, seed);
      CHECK(seen.ratios.front() <= 1.10);
      CHECK(*std::ranges::max_element(seen.ratios) <= 1.25);
      CHECK(seen.gains.back() >= 0);
      CHECK(seen.gains[99] >= 0.95 * seen.gains.back());
      CHECK(seen.settled_run > 0);
      mean_gain += seen.gains.back() / kSeeds;
      best_gain = seen.trial_best_gain;
    }
    CAPTURE(table.name, mean_gain, best_gain);
    CHECK(mean_gain >= 0.4 * best_gain);
  }
}

}  // namespace tilewright::bench
