// SPDX-License-Identifier: Apache-2.0
// Attention in strips: the scores of all tokens with all others never exist as a whole.
#include <algorithm>
#include <chrono>

#include <catch2/catch_test_macros.hpp>

#include "lib/device_profile.h"
#include "lib/plan_builder.h"
#include "lib/scheduling_problem.h"
#include "runtime/cpu_features.h"
#include "runtime/flat_plan.h"
#include "scheduler/solve.h"
#include "tests/lib/network_run.h"
#include "tests/lib/strips/strip_programs.h"

namespace tilewright::tests {
namespace {

using Chains = std::vector<std::vector<std::size_t>>;

constexpr std::int64_t kHeads = 3, kTokens = 101, kWidth = 16;

/// Attention by every how-manieth kernel of each op.
std::vector<ChosenProgram> choices_of(const graph::Graph& graph) {
  std::vector<ChosenProgram> all;
  const ChosenProgram first = with_default_kernels(graph);
  std::vector<std::vector<KernelChoice>> candidates;
  std::size_t most = 0;
  for (const ProgramOp& op : first.program.ops) {
    auto found = kernel_candidates(op, runtime::supported_isas(), assumed_device());
    REQUIRE(found);
    candidates.push_back(*std::move(found));
    most = std::max(most, candidates.back().size());
  }
  const std::size_t step = most / 40 + 1;
  for (std::size_t i = 0; i < most; i += step) {
    ChosenProgram chosen = first;
    for (std::size_t op = 0; op < candidates.size(); ++op)
      chosen.choices[op] = candidates[op][(i + op * 7) % candidates[op].size()];
    all.push_back(std::move(chosen));
  }
  return all;
}

Plan plan_of(const Program& program, const std::vector<KernelChoice>& choices,
             std::int32_t threads) {
  const auto solution =
      scheduler::solve(scheduling_problem(program, choices, {.threads = threads}));
  REQUIRE(solution);
  const auto plan = build_plan(program, choices, *solution, threads);
  REQUIRE(check_plan(*plan));
  return Plan(plan);
}

}  // namespace

TEST_CASE("scores, softmax and the mix of attention are one chain, whatever their kernels") {
  const std::vector<ChosenProgram> all = choices_of(attention(kHeads, kTokens, kWidth));
  CHECK(all.size() > 10);
  for (const auto& [program, choices] : all)
    CHECK(strip_chains(program, choices) == Chains{{0, 1, 2}});
}

TEST_CASE("whole heads are among the strips of attention, and parts of heads") {
  const auto [program, choices] = with_default_kernels(attention(kHeads, kTokens, kWidth));
  const std::vector<std::int64_t> heights = strip_heights(program.ops[2], choices[2]);
  CHECK(std::ranges::find(heights, kTokens) != heights.end());
  CHECK(heights.front() < kTokens / 2);
  CHECK(heights.front() >= 32);
}

TEST_CASE("attention in strips gives the bits of its ops, on any threads") {
  const graph::Graph graph = attention(kHeads, kTokens, kWidth);
  const auto inputs = graph::tests::random_inputs(graph, 5);
  for (const auto& [program, choices] : choices_of(graph)) {
    CAPTURE(choices[0].kernel->name, choices[1].kernel->name, choices[2].kernel->name);
    const auto expected = outputs_of(plan_of(program, choices, 1), inputs);
    for (const std::int64_t rows : strip_heights(program.ops[2], choices[2])) {
      const FusedProgram fused = fuse(program, choices, {{{0, 1, 2}, rows}});
      CAPTURE(rows);
      for (const std::int32_t threads : {1, 2})
        CHECK(outputs_of(plan_of(fused.program, fused.choices, threads), inputs) == expected);
    }
  }
}

TEST_CASE("strips of one head hold the scores of that head alone") {
  const auto [program, choices] = with_default_kernels(attention(kHeads, kTokens, kWidth));
  const StripMemory memory = strip_memory(program, choices, {{0, 1, 2}, kTokens});
  const std::int64_t head = kTokens * kTokens * std::int64_t{sizeof(float)};
  CHECK(memory.removed_bytes >= 2 * kHeads * head);
  const std::int64_t packed = kTokens * 64 * std::int64_t{sizeof(float)};  // of k or v, in vectors
  CHECK(memory.worker_scratch_bytes <= 2 * (head + 64) + packed * 2);
}

TEST_CASE("attention fused for memory needs a fraction of the scores, and changes no bit") {
  const graph::Graph graph = attention(4, 160, 16);
  const Compilation off = compiled(graph, {.fusion = Fusion::Off});
  const Compilation memory = compiled(graph, {.fusion = Fusion::Memory});
  CHECK(memory.program.ops.size() == 1);
  CHECK(memory.plan.requirements().arena_bytes < off.plan.requirements().arena_bytes / 2);
  const auto inputs = graph::tests::random_inputs(graph, 3);
  const auto expected = outputs_of(off.plan, inputs);
  CHECK(outputs_of(memory.plan, inputs) == expected);
  const Compilation two = compiled(graph, {.threads = 2, .fusion = Fusion::Memory});
  CHECK(outputs_of(two.plan, inputs) == expected);
  check_outputs(graph, memory);
}

TEST_CASE("tuning measures attention in strips") {
  CompileOptions options;
  options.tuning.mode = TuningMode::Budget;
  options.tuning.budget = std::chrono::milliseconds(400);
  const Compilation tuned = compiled(attention(kHeads, kTokens, kWidth), options);
  CHECK(std::ranges::find(tuned.strips, "scores + weights + mix", &StripOutcome::name) !=
        tuned.strips.end());
}

}  // namespace tilewright::tests
