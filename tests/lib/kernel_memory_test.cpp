// SPDX-License-Identifier: Apache-2.0
// Kernels under a memory limit: the curve of latency over memory, and what compile makes of it.
#include "lib/kernel_memory.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lib/scheduling_problem.h"
#include "scheduler/validate.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {
namespace {

using Catch::Matchers::ContainsSubstring;
using rewriting::tests::Draft;

/// Convolutions of growing width, so that the scratch of Winograd's kernels counts in some steps
/// and not in others.
graph::Graph widening_network() {
  Draft draft;
  auto x = draft.input({1, 24, 24, 16});
  x = draft.conv("narrow", x, 32);
  x = draft.conv("wide", x, 64);
  x = draft.conv("widest", x, 96);
  x = draft.conv("again", x, 96);
  draft.output(x);
  return draft.graph();
}

std::vector<LatencyMemoryPoint> curve_of(const graph::Graph& graph,
                                         const CompileOptions& options = {}) {
  auto curve = latency_memory_curve(model_of(graph), options);
  if (!curve) FAIL(curve.error().message);
  return *std::move(curve);
}

double seconds_of(const std::vector<KernelChoice>& choices) {
  double sum = 0;
  for (const KernelChoice& choice : choices)
    sum += std::exp(choice.log_seconds);
  return sum;
}

}  // namespace

TEST_CASE("every point of a curve is what compile makes of its arena as the limit") {
  const graph::Graph graph = widening_network();
  const std::vector<LatencyMemoryPoint> curve = curve_of(graph);
  REQUIRE(curve.size() > 1);
  for (const LatencyMemoryPoint& point : curve) {
    CAPTURE(point.solution.arena_bytes);
    const Compilation compilation =
        compiled(graph, {.memory_limit_bytes = point.solution.arena_bytes});
    CHECK(compilation.solution.arena_bytes == point.solution.arena_bytes);
    CHECK(compilation.plan.requirements().arena_bytes == point.solution.arena_bytes);
    CHECK(scheduler::validate(compilation.problem, compilation.solution));
    REQUIRE(compilation.memory_fit);
    CHECK(compilation.memory_fit->seconds == point.seconds);
    CHECK(compilation.memory_fit->slower_kernels == point.slower_kernels);
    CHECK(compilation.memory_fit->proven_fastest);
    CHECK(count_differences(compilation.choices, point.choices) == 0);
    CHECK(seconds_of(point.choices) == point.seconds);
    const bool is_end = &point == &curve.front() || &point == &curve.back();
    if (is_end) check_outputs(graph, compilation);  // by plain loops: slow
  }
  CHECK(curve.front().slower_kernels == 0);
  CHECK(curve.back().slower_kernels > 0);
}

TEST_CASE("the planner counts the scratch of the kernels that a limit left") {
  const graph::Graph graph = widening_network();
  for (const std::int32_t threads : {1, 3}) {
    const std::vector<LatencyMemoryPoint> curve = curve_of(graph, {.threads = threads});
    const Compilation compilation = compiled(
        graph, {.threads = threads, .memory_limit_bytes = curve.back().solution.arena_bytes});
    for (std::size_t i = 0; i < compilation.choices.size(); ++i) {
      CHECK(compilation.problem.ops[i].scratch_bytes ==
            threads * worker_scratch_bytes(compilation.program.ops[i], compilation.choices[i]));
    }
  }
}

TEST_CASE("a limit that the fastest kernels keep changes nothing") {
  const graph::Graph graph = widening_network();
  const Compilation free = compiled(graph);
  CHECK_FALSE(free.memory_fit);
  const Compilation limited = compiled(graph, {.memory_limit_bytes = free.solution.arena_bytes});
  CHECK(count_differences(free.choices, limited.choices) == 0);
  CHECK(limited.solution.arena_bytes == free.solution.arena_bytes);
}

TEST_CASE("a limit below the least memory of all choices is refused with the proven minimum") {
  const graph::Graph graph = widening_network();
  const std::int64_t least_bytes = curve_of(graph).back().solution.arena_bytes;
  const auto plan = compile(model_of(graph), {.memory_limit_bytes = least_bytes - 1});
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == ErrorCode::Infeasible);
  CHECK_THAT(plan.error().message,
             ContainsSubstring("within " + std::to_string(least_bytes - 1) + " bytes") &&
                 ContainsSubstring("proven minimum of " + std::to_string(least_bytes)) &&
                 ContainsSubstring("'again'"));
}

}  // namespace tilewright::tests
