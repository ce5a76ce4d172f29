// SPDX-License-Identifier: Apache-2.0
// Plans with producers: saved and loaded, and every lie about strips refused.
#include <functional>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lib/plan_builder.h"
#include "lib/scheduling_problem.h"
#include "lib/step_check.h"
#include "runtime/plan_file.h"
#include "scheduler/solve.h"
#include "tests/lib/network_run.h"
#include "tests/lib/strips/strip_programs.h"

namespace tilewright::tests {
namespace {

using Catch::Matchers::ContainsSubstring;
using runtime::FlatPlan;
using runtime::Region;
using runtime::Step;

FlatPlan block_plan() {
  const auto [program, choices] = inverted_residual(14, 14, 16, 6);
  const FusedProgram fused = fuse(program, choices, {{{0, 1, 2}, 4 * 14}});
  const auto solution =
      scheduler::solve(scheduling_problem(fused.program, fused.choices, {.threads = 2}));
  REQUIRE(solution);
  return *build_plan(fused.program, fused.choices, *solution, 2);
}

/// The error of the block's plan after a lie about its step; empty if it was believed.
std::string refusal(const std::function<void(Step&)>& lie) {
  FlatPlan plan = block_plan();
  lie(plan.steps[0]);
  const Status status = check_plan(plan);
  if (status) return "";
  CHECK(status.error().code == ErrorCode::InvalidModel);
  return status.error().message;
}

}  // namespace

TEST_CASE("a plan with producers is read as it was written") {
  const FlatPlan plan = block_plan();
  const std::vector<std::byte> bytes = runtime::write_plan(plan);
  const auto loaded = Plan::load(bytes);
  REQUIRE(loaded);
  const Step& step = loaded->flat().steps.at(0);
  CHECK(step.name == "expand + depthwise + project");
  REQUIRE(step.producers.size() == 2);
  CHECK(step.producers[1].name == "depthwise");
  CHECK(step.producers[1].kernel == plan.steps[0].producers[1].kernel);
  CHECK(step.strip_rows == plan.steps[0].strip_rows);
  CHECK(runtime::write_plan(loaded->flat()) == bytes);
  Session session = session_of(*loaded, {.threads = 2, .profile = true});
  REQUIRE(session.run());
  CHECK(session.profile().at(0).type == "strips");
  CHECK(session.profile().at(0).macs == 14 * 14 * 96 * (16 + 9 + 16));
}

TEST_CASE("producers of producers are refused, however deep") {
  FlatPlan plan = block_plan();
  for (int depth = 0; depth < 40; ++depth)
    plan.steps[0].producers[0].producers = {plan.steps[0].producers[0]};
  CHECK(!check_plan(plan));
  CHECK(!Plan::load(runtime::write_plan(plan)));
}

TEST_CASE("strips that are not those of the kernels are refused") {
  CHECK(refusal([](Step&) {}) == "");
  const std::string wanted = "strips of ops that read known rows of earlier ones";
  CHECK_THAT(refusal([](Step& step) { step.strip_rows = 0; }), ContainsSubstring(wanted));
  CHECK_THAT(refusal([](Step& step) { step.strip_rows = -step.strip_rows; }),
             ContainsSubstring(wanted));
  CHECK_THAT(refusal([](Step& step) { step.strip_rows += 1; }), ContainsSubstring(wanted));
  CHECK_THAT(refusal([](Step& step) { step.producers.resize(9, step.producers[0]); }),
             ContainsSubstring(wanted));
  CHECK_THAT(refusal([](Step& step) { step.src[0].offset_bytes += 64; }),
             ContainsSubstring(wanted));
  CHECK_THAT(refusal([](Step& step) { std::swap(step.producers[0], step.producers[1]); }),
             ContainsSubstring(wanted));
  CHECK_THAT(refusal([](Step& step) { step.strip_rows *= 2; }),
             ContainsSubstring("to write its dense strip"));
}

TEST_CASE("scratch too small for the strips, or over what producers read, is refused") {
  CHECK_THAT(refusal([](Step& step) { step.scratch_bytes -= 64; }),
             ContainsSubstring("bytes for strips"));
  CHECK_THAT(refusal([](Step& step) {
               step.producers[0].src[0].offset_bytes = step.scratch_offset_bytes;
             }),
             ContainsSubstring("beside what its producers read"));
  CHECK_THAT(
      refusal([](Step& step) { step.producers[0].src[0].offset_bytes = step.dst.offset_bytes; }),
      ContainsSubstring("beside what its producers read"));
}

TEST_CASE("strips outside a step with producers, and other places in it, are refused") {
  CHECK_THAT(refusal([](Step& step) { step.producers.clear(); }),
             ContainsSubstring("producers of the strips it reads"));
  CHECK_THAT(refusal([](Step& step) { step.dst.region = Region::Strip; }),
             ContainsSubstring("an output in the arena"));
  CHECK_THAT(refusal([](Step& step) { step.producers[1].dst.region = Region::Arena; }),
             ContainsSubstring("to write its dense strip"));
  CHECK_THAT(refusal([](Step& step) { step.producers[1].dst.strides[1] += 1; }),
             ContainsSubstring("to write its dense strip"));
  CHECK_THAT(refusal([](Step& step) { step.src[0].strides[1] += 1; }),
             ContainsSubstring("read as they are written"));
  CHECK_THAT(refusal([](Step& step) { step.producers[0].kernel = nullptr; }),
             ContainsSubstring("producer 'expand': expected a kernel"));
  CHECK_THAT(refusal([](Step& step) { step.producers[0].packed_bytes += 64; }),
             ContainsSubstring("packed weights"));
}

TEST_CASE("steps with producers are held to the reference kernels of all their ops") {
  rewriting::tests::Draft draft;
  const graph::ValueId x = draft.input({1, 24, 24, 8});
  const graph::ValueId wide = draft.conv("wide", x, 64);
  draft.output(draft.conv("narrow", wide, 8));
  const Compilation compilation =
      compiled(draft.graph(), {.exact_arithmetic = true, .fusion = Fusion::Memory});
  REQUIRE(compilation.program.ops.size() == 1);
  const auto errors = check_steps(compilation, 5);
  REQUIRE(errors);
  REQUIRE(errors->size() == 1);
  CHECK(errors->front().type == "strips");
  CHECK(errors->front().passed);
  CHECK(errors->front().max_abs < 1);
}

}  // namespace tilewright::tests
