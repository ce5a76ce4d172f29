// SPDX-License-Identifier: Apache-2.0
// Kernels under a memory limit: the curve of latency over memory, and what compile makes of it.
#include "lib/memory_fit.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lib/kernel_memory.h"
#include "lib/scheduling_problem.h"
#include "scheduler/validate.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;
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

std::vector<MemoryWay> curve_of(const graph::Graph& graph, const CompileOptions& options = {}) {
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
  const std::vector<MemoryWay> curve = curve_of(graph);
  REQUIRE(curve.size() > 1);
  for (const MemoryWay& point : curve) {
    CAPTURE(point.solution.arena_bytes);
    const Compilation compilation =
        compiled(graph, {.memory_limit_bytes = point.solution.arena_bytes});
    CHECK(compilation.solution.arena_bytes == point.solution.arena_bytes);
    CHECK(compilation.plan.requirements().arena_bytes == point.solution.arena_bytes);
    CHECK(scheduler::validate(compilation.problem, compilation.solution));
    REQUIRE(compilation.memory_fit);
    CHECK(compilation.memory_fit->time.seconds == point.time.seconds);
    CHECK(compilation.memory_fit->slower_kernels == point.slower_kernels);
    CHECK(compilation.memory_fit->proven_fastest);
    CHECK(compilation.memory_fit->time.strip_ops == point.time.strip_ops);
    CHECK_THAT(seconds_of(point.choices), WithinRel(point.time.seconds, 1e-9));
    if (point.groups.empty()) CHECK(count_differences(compilation.choices, point.choices) == 0);
    const bool is_end = &point == &curve.front() || &point == &curve.back();
    if (is_end) check_outputs(graph, compilation);  // by plain loops: slow
  }
  CHECK(curve.front().slower_kernels == 0);
  CHECK(curve.back().slower_kernels > 0);
}

TEST_CASE("the planner counts the scratch of the kernels that a limit left") {
  const graph::Graph graph = widening_network();
  for (const std::int32_t threads : {1, 3}) {
    const std::vector<MemoryWay> curve = curve_of(graph, {.threads = threads});
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

TEST_CASE("a curve goes on in strips below what ops apart can reach, and none is beaten") {
  const graph::Graph graph = widening_network();
  const std::vector<MemoryWay> apart = curve_of(graph, {.fusion = Fusion::Off});
  const std::vector<MemoryWay> curve = curve_of(graph);
  for (const MemoryWay& way : apart)
    CHECK(way.groups.empty());
  CHECK(curve.back().solution.arena_bytes < apart.back().solution.arena_bytes);
  CHECK(curve.back().time.strip_ops > 0);
  CHECK(curve.back().time.unmeasured_strip_ops == curve.back().time.strip_ops);
  for (const MemoryWay& way : curve) {
    CHECK(way.time.ops == 4);
    CHECK(way.time.measured_ops == 0);
    CHECK((way.solution.arena_bytes < apart.back().solution.arena_bytes) == !way.groups.empty());
    for (const MemoryWay& other : curve) {
      if (&other == &way) continue;
      CHECK((other.solution.arena_bytes > way.solution.arena_bytes ||
             other.time.seconds > way.time.seconds ||
             other.time.unmeasured_strip_calls > way.time.unmeasured_strip_calls));
    }
  }
}

TEST_CASE("slower kernels and strips together keep limits that neither keeps alone") {
  const graph::Graph graph = widening_network();
  const MemoryWay least = curve_of(graph).back();
  const std::int64_t apart_bytes =
      curve_of(graph, {.fusion = Fusion::Off}).back().solution.arena_bytes;
  const std::int64_t fastest_bytes =
      compiled(graph, {.fusion = Fusion::Memory}).solution.arena_bytes;
  CHECK(least.solution.arena_bytes < std::min(apart_bytes, fastest_bytes));
  CHECK(least.slower_kernels > 0);
  CHECK(least.time.strip_ops > 0);
}

TEST_CASE("what a limit costs is told as against no limit") {
  const graph::Graph graph = widening_network();
  const Compilation limited =
      compiled(graph, {.memory_limit_bytes = curve_of(graph).back().solution.arena_bytes});
  REQUIRE(limited.memory_fit);
  CHECK_THAT(limited.memory_fit->free_time.seconds,
             WithinRel(seconds_of(compiled(graph).choices), 1e-9));
  CHECK(limited.memory_fit->time.seconds > limited.memory_fit->free_time.seconds);
}

TEST_CASE("below the least memory a refusal says what is proven, of what, and what strips reach") {
  const graph::Graph graph = widening_network();
  const std::int64_t apart_bytes =
      curve_of(graph, {.fusion = Fusion::Off}).back().solution.arena_bytes;
  const std::int64_t strips_bytes = curve_of(graph).back().solution.arena_bytes;
  for (const Fusion fusion : {Fusion::Off, Fusion::Auto, Fusion::Memory}) {
    const auto plan =
        compile(model_of(graph), {.fusion = fusion, .memory_limit_bytes = strips_bytes - 1});
    REQUIRE_FALSE(plan);
    CHECK(plan.error().code == ErrorCode::Infeasible);
    CHECK_THAT(plan.error().message,
               ContainsSubstring("within " + std::to_string(strips_bytes - 1) + " bytes") &&
                   ContainsSubstring("proven minimum of " + std::to_string(apart_bytes) +
                                     " with every op a step of its own") &&
                   ContainsSubstring("and " + std::to_string(strips_bytes) +
                                     " as the least found with ops in strips") &&
                   ContainsSubstring("'again'"));
  }
}

TEST_CASE("a limit between what is found and what is proven is not called impossible") {
  const scheduler::Solution solution{.peak_lower_bound_bytes = 960, .arena_bytes = 1088};
  const Error open = limit_error({}, solution, 1000, 2000);
  CHECK(open.code == ErrorCode::ResourceExhausted);
  CHECK(open.message ==
        "memory_limit: expected a plan within 1000 bytes, got 1088 as the best found and 960 as "
        "proven necessary with every op a step of its own, by any of its kernels");
  CHECK(limit_error({}, solution, 959, {}).code == ErrorCode::Infeasible);
}

}  // namespace tilewright::tests
