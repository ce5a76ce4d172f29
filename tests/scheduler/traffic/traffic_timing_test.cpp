// SPDX-License-Identifier: Apache-2.0
// When transfers overlap with ops: against a simulation, by hand, and never slower than without.
#include "scheduler/traffic/traffic_timing.h"

#include <cmath>
#include <numeric>
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/traffic/solve_traffic.h"
#include "tests/scheduler/traffic/random_traffic.h"
#include "tests/scheduler/traffic/traffic_simulator.h"

namespace tilewright::scheduler {
namespace {

TEST_CASE("a simulation takes as long as the plan says, and no longer than without overlap",
          "[scheduler][traffic]") {
  std::mt19937 engine(7);
  int compared = 0;
  int faster = 0;
  int streamed = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Problem problem = random_traffic(seed + 60'000, {.min_ops = 3, .max_ops = 9, .max_units = 5});
    for (Op& op : problem.ops)
      op.compute_us = static_cast<double>(engine() % 40);
    const auto solution = solve_traffic(problem, {.search = {.max_states = 200}});
    if (!solution) continue;
    const TrafficTiming timing = traffic_timing(problem, *solution);
    REQUIRE(timing.queue.size() == solution->transfers.size());
    const SimulatedRun run = simulate_traffic(problem, *solution, timing.queue);
    REQUIRE(std::abs(run.total_us - timing.total_us) <= timing.total_us / 100);
    REQUIRE(std::abs(run.stall_us - timing.total_stall_us()) <= timing.total_us / 100);
    REQUIRE(timing.total_us <= timing.serial_us() * (1 + 1e-9));
    REQUIRE(timing.total_us >= timing.compute_us);
    REQUIRE(timing.stall_us.size() == problem.ops.size() + 1);
    const double stalls = std::accumulate(timing.stall_us.begin(), timing.stall_us.end(), 0.0);
    REQUIRE(std::abs(stalls - timing.total_stall_us()) <= 1e-6 * (1 + stalls));
    ++compared;
    faster += timing.total_us < timing.serial_us() * 0.95 ? 1 : 0;
    streamed += problem.execution == Execution::Streaming ? 1 : 0;
  }
  CAPTURE(compared, faster, streamed);
  CHECK(compared > 200);
  CHECK(faster > 100);
  CHECK(streamed > 20);
}

// x and a weight of 100 bytes each for two ops, 1 byte/us, ops of 150 us. While the first op runs,
// the second weight is loaded: the bank has room for both.
TEST_CASE("the next weight is loaded while an op runs if it has room", "[scheduler][traffic]") {
  Problem problem;
  problem.alignment_bytes = 1;
  problem.storages = {{.name = "x", .bytes = 10, .input = true},
                      {.name = "w1", .bytes = 100, .constant = true},
                      {.name = "w2", .bytes = 100, .constant = true},
                      {.name = "a", .bytes = 10},
                      {.name = "y", .bytes = 10, .output = true}};
  problem.ops = {{.name = "first",
                  .reads = {storage_id(0), storage_id(1)},
                  .writes = {storage_id(3)},
                  .compute_us = 150},
                 {.name = "second",
                  .reads = {storage_id(3), storage_id(2)},
                  .writes = {storage_id(4)},
                  .compute_us = 150}};
  problem.banks = {{"fast", 220, 100, 100, 1}, {"external", 1000, 1, 1, 1}};
  auto solution = solve_traffic(problem);
  REQUIRE(solution);
  const TrafficTiming wide = traffic_timing(problem, *solution);
  CHECK(wide.serial_us() == 110 + 150 + 100 + 150 + 10);
  CHECK(wide.total_us == 110 + 150 + 150 + 10);
  CHECK(wide.stall_us == std::vector<double>{110, 0, 10});
  // In 120 bytes the second weight takes the place of the first one.
  problem.banks.front().bytes = 120;
  solution = solve_traffic(problem);
  REQUIRE(solution);
  CHECK(traffic_timing(problem, *solution).total_us == 110 + 150 + 100 + 150 + 10);
}

}  // namespace
}  // namespace tilewright::scheduler
