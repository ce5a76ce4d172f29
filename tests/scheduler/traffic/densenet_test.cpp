// SPDX-License-Identifier: Apache-2.0
// DenseNet-121 at the smallest fast memory that runs it, worked out by hand: only the last two
// layers of the first block, with 192 and 224 channels of 56x56, do not fit.
#include <catch2/catch_test_macros.hpp>

#include "bench/planner/traffic_networks.h"
#include "scheduler/solve.h"
#include "scheduler/traffic/fast_need.h"
#include "scheduler/traffic/solve_traffic.h"

namespace tilewright::scheduler {
namespace {

using bench::AddInPlace;

constexpr std::int64_t kPixels = 56 * 56;
constexpr std::int64_t kLeastBytes = 112 * 112 * 64 + 114 * 114 * 64;  // what the padding uses

std::int64_t avoidable_bytes(AddInPlace add_in_place, Residency residency,
                             std::int64_t fast_bytes) {
  Problem problem = bench::with_fast_bank(bench::densenet121(add_in_place), fast_bytes);
  problem.residency = residency;
  const auto solution = solve_traffic(problem);
  if (!solution) FAIL(solution.error().message);
  CHECK(solution->status == TrafficStatus::Optimal);
  return solution->activations.avoidable;
}

TEST_CASE("DenseNet-121 at its least memory moves what the hand calculation says",
          "[scheduler][traffic]") {
  const Problem problem = bench::densenet121(AddInPlace::No);
  REQUIRE(fast_need(problem).bytes == kLeastBytes);
  REQUIRE(kLeastBytes == 1'634'560);
  // x, its scaled copy and the sum at once, or a part of x that waits outside.
  const std::int64_t missing_192 = 3 * 192 * kPixels - kLeastBytes;
  const std::int64_t missing_224 = 3 * 224 * kPixels - kLeastBytes;
  CHECK(avoidable_bytes(AddInPlace::No, Residency::Whole, kLeastBytes) ==
        2 * (192 + 224) * kPixels);
  CHECK(avoidable_bytes(AddInPlace::No, Residency::Granules, kLeastBytes) ==
        2 * (missing_192 + missing_224));
  // With the sum in the place of the copy only x, the sum and 128 channels are too much.
  CHECK(avoidable_bytes(AddInPlace::Yes, Residency::Whole, kLeastBytes) == 2 * 224 * kPixels);
  CHECK(avoidable_bytes(AddInPlace::Yes, Residency::Granules, kLeastBytes) ==
        2 * ((2 * 224 + 128) * kPixels - kLeastBytes));
}

TEST_CASE("DenseNet-121 moves nothing beyond its peak", "[scheduler][traffic]") {
  const auto solution = solve(bench::densenet121(AddInPlace::No));
  REQUIRE(solution);
  CHECK(solution->peak_bytes == 2'107'392);
  CHECK(avoidable_bytes(AddInPlace::No, Residency::Granules, 2'107'392) == 0);
  CHECK(avoidable_bytes(AddInPlace::Yes, Residency::Granules, 1'806'336) == 0);
}

}  // namespace
}  // namespace tilewright::scheduler
