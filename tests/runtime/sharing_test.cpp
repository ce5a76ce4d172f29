// SPDX-License-Identifier: Apache-2.0
// Steps cut into parts that threads take one by one: the same bits however, and less for the slow.
#include "runtime/sharing.h"

#include <chrono>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include "runtime/executor.h"
#include "runtime/plan_file.h"
#include "runtime/thread_pool.h"
#include "tests/lib/network_run.h"

namespace tilewright::runtime {
namespace {

constexpr std::int32_t kThreads = 4;

/// `plan` with all steps shared as `wanted`, as far as they can be, checked and read from a file.
Plan shared_as(const Plan& plan, const Sharing& wanted, std::size_t& changed) {
  FlatPlan flat = plan.flat();
  for (Step& step : flat.steps) {
    const StepCuts cuts = step_cuts(step);
    Sharing sharing = wanted;
    sharing.parts = static_cast<std::int32_t>(
        std::min<std::int64_t>(wanted.parts, cuts.most_parts(wanted.axis)));
    sharing.threads = std::min(sharing.threads, sharing.parts);
    if (!cuts.allows(sharing)) continue;
    changed += step.sharing == sharing ? 0 : 1;
    step.sharing = sharing;
  }
  auto read = Plan::load(write_plan(flat));
  if (!read) FAIL(read.error().message);
  return *std::move(read);
}

/// Two threads make rows one by one, of which one does not end its first before the other has made
/// all that are left.
struct Race {
  static constexpr std::int32_t kRows = 8;
  std::thread::id fast = std::this_thread::get_id();
  std::atomic<std::int32_t> begun_by_slow{0};
  std::atomic<std::int32_t> made_by_fast{0};
  std::array<std::atomic<int>, kRows> made{};
  std::atomic<std::byte*> scratch_of_slow{nullptr};
  std::atomic<std::byte*> scratch_of_fast{nullptr};

  static void await(const std::atomic<std::int32_t>& count, std::int32_t least) {
    const auto begin = std::chrono::steady_clock::now();
    while (count < least && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20))
      std::this_thread::yield();
  }

  static void run(const kernels::KernelArgs& args) {
    Race& race = *args.dst.as<Race>();
    if (std::this_thread::get_id() == race.fast) {
      race.scratch_of_fast = args.scratch;
      await(race.begun_by_slow, 1);
      ++race.made_by_fast;
    } else {
      race.scratch_of_slow = args.scratch;
      ++race.begun_by_slow;
      await(race.made_by_fast, kRows - 1);
    }
    for (std::int64_t row = args.row_begin; row < args.row_end; ++row)
      ++race.made[static_cast<std::size_t>(row)];
  }
};

}  // namespace

TEST_CASE("however a step is shared, the bits are the same") {
  for (const graph::Graph& graph :
       {tests::small_network(), tests::heavy_network(), tests::one_pixel_network()}) {
    const Plan plan = tests::compiled(graph, {.threads = kThreads}).plan;
    const auto inputs = graph::tests::random_inputs(graph, 11);
    const std::vector<tests::Bytes> alone = tests::outputs_of(plan, inputs, {.threads = 1});
    std::size_t changed = 0;
    for (const CutAxis axis : {CutAxis::Rows, CutAxis::Columns}) {
      for (std::int32_t threads = 1; threads <= kThreads; ++threads) {
        for (const std::int32_t parts : {threads, 2 * threads, 4 * threads, 61, kMostParts}) {
          CAPTURE(axis, threads, parts);
          const Plan shared = shared_as(plan, {threads, parts, axis}, changed);
          CHECK(tests::outputs_of(shared, inputs) == alone);
          CHECK(tests::outputs_of(shared, inputs, {.threads = 1}) == alone);
          CHECK(tests::outputs_of(shared, inputs, {.threads = 2}) == alone);
        }
      }
    }
    CHECK(changed > 10 * plan.flat().steps.size());
  }
}

TEST_CASE("a thread that is slow takes fewer parts, in scratch of its own") {
  Race race;
  kernels::Kernel kernel{};
  kernel.run = Race::run;
  Step step;
  step.kernel = &kernel;
  step.scratch_bytes = kTensorAlignment;
  step.sharing = {2, Race::kRows, CutAxis::Rows};
  std::array<std::byte, 2 * kTensorAlignment> scratch{};
  BoundStep bound;
  bound.step = &step;
  bound.rows = Race::kRows;
  bound.scratch = scratch.data();
  bound.dst.data = reinterpret_cast<std::byte*>(&race);
  ThreadPool pool(2);
  run_step(bound, pool.workers());
  CHECK(race.begun_by_slow == 1);
  CHECK(race.made_by_fast == Race::kRows - 1);
  for (const std::atomic<int>& count : race.made)
    CHECK(count == 1);
  const auto bytes_between = race.scratch_of_slow.load() - race.scratch_of_fast.load();
  CHECK(std::abs(bytes_between) == kTensorAlignment);
}

}  // namespace tilewright::runtime
