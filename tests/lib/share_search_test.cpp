// SPDX-License-Identifier: Apache-2.0
// The best way to share a layer on devices that are simulated: cores of any speed, and what parts
// and threads cost.
#include "lib/share_search.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace tilewright::tests {
namespace {

using runtime::CutAxis;
using runtime::Sharing;

/// The first threads run on the first cores.
struct SimulatedDevice {
  std::vector<double> speeds;   // of the cores
  double part_seconds = 0;      // that a core of any speed spends on a part beside its work
  double thread_seconds = 0;    // that each thread but the first takes to begin
  double columns_factor = 1.5;  // of the work, if columns are cut

  /// Of a layer that takes a core of speed 1 so long: who is free first takes the next of its own
  /// parts, or one of others.
  [[nodiscard]] double seconds(double work_seconds, const Sharing& sharing) const {
    const double work =
        work_seconds * (sharing.axis == CutAxis::Rows ? 1 : columns_factor) / sharing.parts;
    std::vector<double> free_at(static_cast<std::size_t>(sharing.threads), thread_seconds);
    free_at[0] = 0;
    for (std::int32_t part = 0; part < sharing.parts; ++part) {
      const auto next = std::ranges::min_element(free_at);
      *next += part_seconds + work / speeds[static_cast<std::size_t>(next - free_at.begin())];
    }
    return *std::ranges::max_element(free_at);
  }
};

struct Outcome {
  FoundSharing found;
  std::size_t comparisons = 0;
};

runtime::StepCuts cuts_of(std::int64_t row_pieces, std::int64_t column_pieces) {
  runtime::StepCuts cuts{.rows = {.extent = row_pieces, .granule = 1}, .columns = {}};
  if (column_pieces > 0) cuts.columns = runtime::Cut{.extent = column_pieces * 8, .granule = 8};
  return cuts;
}

/// A search on `device` that starts from `first`.
Outcome searched_from(const SimulatedDevice& device, double work_seconds, const Sharing& first,
                      const runtime::StepCuts& cuts) {
  Outcome outcome;
  const auto compare = [&](const Sharing& incumbent,
                           const Sharing& candidate) -> Result<std::optional<tuner::PairedRatio>> {
    ++outcome.comparisons;
    CHECK(cuts.allows(candidate));
    CHECK(candidate != incumbent);
    const double ratio =
        device.seconds(work_seconds, candidate) / device.seconds(work_seconds, incumbent);
    return std::optional(tuner::PairedRatio{std::log(ratio), 0.01, 5});
  };
  const ShareRoom room{cuts, static_cast<std::int32_t>(device.speeds.size()),
                       device.seconds(work_seconds, first)};
  const auto threads = find_sharing(room, first, ShareQuestion::Threads, compare);
  REQUIRE(threads);
  REQUIRE(threads->has_value());
  const Sharing by_threads = (*threads)->sharing;
  const ShareRoom after{cuts, room.threads, device.seconds(work_seconds, by_threads)};
  const auto cut = find_sharing(after, by_threads, ShareQuestion::Cut, compare);
  REQUIRE(cut);
  REQUIRE(cut->has_value());
  outcome.found = **cut;
  outcome.found.ratio.log_ratio += (*threads)->ratio.log_ratio;
  outcome.found.ratio.blocks += (*threads)->ratio.blocks;
  CHECK(static_cast<std::size_t>(outcome.found.ratio.blocks) == 5 * outcome.comparisons);
  const double gain = std::log(device.seconds(work_seconds, outcome.found.sharing) / room.seconds);
  CHECK(std::abs(outcome.found.ratio.log_ratio - gain) < 1e-9);
  return outcome;
}

/// The same from one part for each of `first_threads`.
Outcome searched(const SimulatedDevice& device, double work_seconds, std::int32_t first_threads,
                 const runtime::StepCuts& cuts = cuts_of(1000, 16)) {
  return searched_from(device, work_seconds, fair_sharing(cuts, first_threads), cuts);
}

}  // namespace

TEST_CASE("on equal cores a layer stays in one part for each") {
  for (const std::size_t cores : {2, 4, 8}) {
    const auto all = static_cast<std::int32_t>(cores);
    const SimulatedDevice device{.speeds = std::vector<double>(cores, 1), .part_seconds = 1e-6};
    const Outcome outcome = searched(device, 400e-6 * all, all);
    CHECK(outcome.found.sharing == Sharing{all, all, CutAxis::Rows});
    CHECK(outcome.found.ratio.log_ratio == 0);
    CHECK(outcome.comparisons <= (cores == 2 ? 3 : 5));
  }
}

TEST_CASE("where some cores are slow, parts that are grabbed one by one win") {
  const SimulatedDevice device{.speeds = {1, 1, 0.5, 0.5}, .part_seconds = 1e-6};
  const Outcome outcome = searched(device, 4e-3, 4);
  CHECK(outcome.found.sharing.threads == 4);
  CHECK(outcome.found.sharing.parts > 4);
  CHECK(outcome.found.ratio.log_ratio < std::log(0.8));
}

TEST_CASE("a search that starts from parts finds fewer, or a core that is better alone") {
  const runtime::StepCuts cuts = cuts_of(1000, 0);
  const Sharing parts{2, 8, CutAxis::Rows};
  const auto found = [&](double slow_speed, double part_seconds) {
    const SimulatedDevice device{.speeds = {1, slow_speed}, .part_seconds = part_seconds};
    return searched_from(device, 400e-6, parts, cuts).found.sharing;
  };
  CHECK(found(0.5, 1e-6) == parts);
  CHECK(found(1, 40e-6) == Sharing{2, 2, CutAxis::Rows});
  CHECK(found(0.05, 1e-6) == Sharing{1, 1, CutAxis::Rows});
}

TEST_CASE("other numbers of threads are tried in as many parts each") {
  const SimulatedDevice device{.speeds = {1, 0.5, 0.01, 0.01}, .part_seconds = 1e-6};
  const Outcome outcome = searched_from(device, 1e-3, {4, 16, CutAxis::Rows}, cuts_of(1000, 0));
  CHECK(outcome.found.sharing == Sharing{2, 8, CutAxis::Rows});
}

TEST_CASE("layers are cut into parts that have work and are worth it") {
  const Sharing fair{2, 2, CutAxis::Rows};
  CHECK(in_parts({cuts_of(8, 0), 2, 8e-6}, fair, 4) == Sharing{2, 8, CutAxis::Rows});
  CHECK(in_parts({cuts_of(8, 0), 2, 7.9e-6}, fair, 4) == fair);
  CHECK(in_parts({cuts_of(7, 0), 2, 8e-6}, fair, 4) == fair);
  CHECK(in_parts({cuts_of(8, 0), 2, 8e-6}, {1, 1, CutAxis::Rows}, 4).parts == 1);
}

TEST_CASE("all layers gain by parts if the middle one gains a tenth") {
  CHECK(all_gain(std::vector{-0.4, -0.11, 0.2}));
  CHECK_FALSE(all_gain(std::vector{-0.4, -0.09, -0.09}));
  CHECK_FALSE(all_gain(std::vector{0.1, 0.15, 0.0, -0.3}));
}

TEST_CASE("where slow cores only hold the others up, fewer threads win") {
  // A part is long enough to cost a fast core less than a slow one needs for any.
  const SimulatedDevice device{.speeds = {1, 1, 0.2, 0.2}, .part_seconds = 50e-6};
  const Outcome outcome = searched(device, 400e-6, 4);
  CHECK(outcome.found.sharing == Sharing{2, 2, CutAxis::Rows});
}

TEST_CASE("a short layer runs on the threads that pay, whatever the model says") {
  const SimulatedDevice slow_to_wake{.speeds = {1, 1, 1, 1}, .thread_seconds = 30e-6};
  CHECK(searched(slow_to_wake, 20e-6, 4).found.sharing.threads == 1);
  CHECK(searched(slow_to_wake, 20e-6, 1).found.sharing.threads == 1);
  const SimulatedDevice eager{.speeds = {1, 1, 1, 1}, .part_seconds = 1e-6, .thread_seconds = 1e-6};
  CHECK(searched(eager, 40e-6, 1).found.sharing == Sharing{4, 4, CutAxis::Rows});
}

TEST_CASE("a long layer is not tried alone") {
  const SimulatedDevice device{.speeds = {1, 1}, .part_seconds = 20e-6};
  CHECK(searched(device, 1e-3, 2, cuts_of(1000, 0)).comparisons == 2);    // more parts, twice
  CHECK(searched(device, 100e-6, 2, cuts_of(1000, 0)).comparisons == 2);  // alone, more parts
}

TEST_CASE("columns are cut where they are faster than the rows that the model would cut") {
  const SimulatedDevice device{.speeds = {1, 1}, .part_seconds = 10e-6, .columns_factor = 0.8};
  CHECK(searched(device, 1e-3, 2).found.sharing == Sharing{2, 2, CutAxis::Columns});
  CHECK(searched(device, 1e-3, 2, cuts_of(1000, 0)).found.sharing == Sharing{2, 2, CutAxis::Rows});
  CHECK(searched(device, 1e-3, 2, cuts_of(1000, 1)).found.sharing == Sharing{2, 2, CutAxis::Rows});
}

TEST_CASE("nothing is tried where there is nothing to share") {
  const SimulatedDevice device{.speeds = {1, 1, 1, 1}};
  CHECK(searched(device, 1e-3, 4, cuts_of(1, 0)).comparisons == 0);
  CHECK(searched(device, 1e-3, 4, cuts_of(1, 1)).comparisons == 0);
}

TEST_CASE("parts are no shorter than layers that are worth sharing") {
  const SimulatedDevice device{.speeds = {1, 0.1}};
  for (const double work_seconds : {4e-6, 1e-3}) {
    const Outcome outcome = searched(device, work_seconds, 2, cuts_of(1000, 0));
    CHECK(device.seconds(work_seconds, outcome.found.sharing) / outcome.found.sharing.parts *
              outcome.found.sharing.threads >
          1e-6);
  }
}

TEST_CASE("what gains less than 3 % is left") {
  const runtime::StepCuts cuts = cuts_of(1000, 0);
  const Sharing first = fair_sharing(cuts, 2);
  for (const auto& [log_ratio, parts] : {std::pair(-0.02, 2), std::pair(-0.04, 8)}) {
    const auto found = find_sharing(
        {cuts, 2, 1e-3}, first, ShareQuestion::Cut,
        [ratio = log_ratio](const Sharing&,
                            const Sharing&) -> Result<std::optional<tuner::PairedRatio>> {
          return std::optional(tuner::PairedRatio{ratio, 0.01, 5});
        });
    REQUIRE(found);
    REQUIRE(found->has_value());
    CHECK((*found)->sharing.parts == parts);
  }
}

TEST_CASE("a search that is disturbed finds nothing, one that fails says why") {
  const runtime::StepCuts cuts = cuts_of(1000, 16);
  for (const int undisturbed : {0, 1, 2}) {
    int comparisons = 0;
    const auto found = find_sharing(
        {cuts, 2, 1e-3}, fair_sharing(cuts, 2), ShareQuestion::Cut,
        [&](const Sharing&, const Sharing&) -> Result<std::optional<tuner::PairedRatio>> {
          if (++comparisons > undisturbed) return std::optional<tuner::PairedRatio>();
          return std::optional(tuner::PairedRatio{-0.5, 0.01, 5});
        });
    REQUIRE(found);
    CHECK_FALSE(found->has_value());
    CHECK(comparisons == undisturbed + 1);
  }
  const auto failed =
      find_sharing({cuts, 2, 1e-3}, fair_sharing(cuts, 2), ShareQuestion::Cut,
                   [](const Sharing&, const Sharing&) -> Result<std::optional<tuner::PairedRatio>> {
                     return Error{ErrorCode::ResourceExhausted, "no memory"};
                   });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message == "no memory");
}

TEST_CASE("what a search finds has a name that leads back to it, where it can be") {
  const ShareRoom room{cuts_of(20, 6), 4, 1e-3};
  for (const Sharing sharing : {Sharing{1, 1, CutAxis::Rows}, Sharing{2, 8, CutAxis::Rows},
                                Sharing{3, 6, CutAxis::Columns}, Sharing{4, 4, CutAxis::Columns}})
    CHECK(sharing_called(sharing_name(sharing), room) == sharing);
  for (const char* name :
       {"", "alone", "shared", "2 threads, 3 parts of rows", "2 threads, 8 parts of columns",
        "8 threads, 8 parts of rows", "4 threads, 4 parts of Rows"})
    CHECK_FALSE(sharing_called(name, room));
}

}  // namespace tilewright::tests
