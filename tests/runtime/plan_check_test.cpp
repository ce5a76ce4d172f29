// SPDX-License-Identifier: Apache-2.0
// Every claim of a plan is checked: each of these plans lies once.
#include <algorithm>
#include <functional>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "kernels/registry.h"
#include "runtime/flat_plan.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::runtime {
namespace {

using Catch::Matchers::ContainsSubstring;

/// The error of the small network's plan after a lie; empty if it was believed.
std::string refusal(const std::function<void(FlatPlan&)>& lie, std::int32_t threads = 1) {
  const Compilation compilation = tests::compiled(tests::small_network(), {.threads = threads});
  FlatPlan plan = compilation.plan.flat();
  lie(plan);
  const Status status = check_plan(plan);
  if (status) return "";
  CHECK(status.error().code == ErrorCode::InvalidModel);
  return status.error().message;
}

Step& step_called(FlatPlan& plan, std::string_view name) {
  for (Step& step : plan.steps) {
    if (step.name == name) return step;
  }
  FAIL("no step '" << name << "'");
  return plan.steps[0];
}

}  // namespace

TEST_CASE("plans of the compiler pass") {
  CHECK(refusal([](FlatPlan&) {}) == "");
  CHECK(refusal([](FlatPlan&) {}, 7) == "");
}

TEST_CASE("a plan for no threads, or too many, is refused") {
  CHECK(refusal([](FlatPlan& plan) { plan.threads = 0; }) == "plan: threads: expected 1 to 64");
  CHECK(refusal([](FlatPlan& plan) { plan.threads = 65; }) == "plan: threads: expected 1 to 64");
}

TEST_CASE(
    "a step that is shared by threads that are not there, or in parts of nothing, is refused") {
  const auto sharing = [](const Sharing& lie, std::int32_t threads) {
    return refusal([&](FlatPlan& plan) { plan.steps[0].sharing = lie; }, threads);
  };
  const std::string wanted_threads = "step 0 'stem': expected 1 to 2 threads to share it";
  for (const std::int32_t threads : {INT32_MIN, -1, 0, 3, INT32_MAX})
    CHECK_THAT(sharing({threads, 3, CutAxis::Rows}, 2), ContainsSubstring(wanted_threads));
  const std::string wanted_parts =
      "step 0 'stem': expected a part for each thread and work for "
      "each part";
  for (const std::int32_t parts : {INT32_MIN, -2, 0, 1, 1000, INT32_MAX})
    CHECK_THAT(sharing({2, parts, CutAxis::Rows}, 2), ContainsSubstring(wanted_parts));
  CHECK(sharing({2, 4, CutAxis::Rows}, 2) == "");
  CHECK_THAT(refusal([](FlatPlan& plan) {
               const auto uncut = std::ranges::find_if(plan.steps, [](const Step& step) {
                 return step.kernel->column_granule == nullptr;
               });
               REQUIRE(uncut != plan.steps.end());
               uncut->sharing.axis = CutAxis::Columns;
             }),
             ContainsSubstring("expected a part for each thread"));
}

TEST_CASE("an arena that is not the one the plan uses is refused") {
  CHECK(refusal([](FlatPlan& plan) { plan.arena_bytes = -1; }) ==
        "plan: arena: expected a size in range");
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.arena_bytes = kMaxElements; }),
             ContainsSubstring("plan: arena: expected the "));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.arena_bytes -= kTensorAlignment; }),
             ContainsSubstring("inside"));
}

TEST_CASE("operands outside the arena or the constants are refused") {
  const std::string outside = "step 0 'stem': expected an operand inside its region of ";
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].src[0].offset_bytes = -64; }),
             ContainsSubstring(outside));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].dst.offset_bytes = plan.arena_bytes; }),
             ContainsSubstring(outside));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].dst.offset_bytes = INT64_MAX; }),
             ContainsSubstring(outside));
  CHECK_THAT(refusal([](FlatPlan& plan) {
               plan.steps[0].src[0].region = Region::Constants;
               plan.steps[0].src[0].offset_bytes = static_cast<std::int64_t>(plan.constants.size());
             }),
             ContainsSubstring(outside));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].dst.offset_bytes += 2; }),
             ContainsSubstring("step 0 'stem': expected an offset aligned to float32"));
}

TEST_CASE("inputs and outputs outside the arena are refused") {
  CHECK(refusal([](FlatPlan& plan) { plan.inputs[0].offset_bytes = plan.arena_bytes; }) ==
        "plan: input 0 'x0': expected aligned memory inside the arena");
  CHECK(refusal([](FlatPlan& plan) { plan.outputs[0].offset_bytes += 4; }) ==
        "plan: output 0 'probabilities': expected aligned memory inside the arena");
}

TEST_CASE("strides that leave the region, run backwards or meet are refused") {
  const auto stride = [](std::size_t axis, std::int64_t elements) {
    return refusal([=](FlatPlan& plan) { plan.steps[0].dst.strides[axis] = elements; });
  };
  CHECK_THAT(stride(1, kMaxElements), ContainsSubstring("inside its region"));
  CHECK_THAT(stride(1, INT64_MAX), ContainsSubstring("inside its region"));
  CHECK_THAT(stride(1, -8), ContainsSubstring("inside its region"));
  CHECK_THAT(stride(3, 2), ContainsSubstring("inside its region"));
  CHECK_THAT(stride(2, 7), ContainsSubstring("operands that do not overlap themselves"));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].src[0].strides[1] = 0; }),
             ContainsSubstring("operands that do not overlap themselves"));
}

TEST_CASE("strides of tensors without elements are judged too") {
  rewriting::tests::Draft draft;
  draft.output(draft.add("still", Unary{UnaryKind::Neg}, {draft.input({5, 0, 3})}));
  FlatPlan plan = tests::compiled(draft.graph()).plan.flat();
  CHECK(check_plan(plan));
  plan.steps[0].src[0].strides[0] = INT64_MAX;
  CHECK_FALSE(check_plan(plan));
}

TEST_CASE("an output over an input is refused unless the op may run in place") {
  CHECK_THAT(refusal([](FlatPlan& plan) {
               plan.steps[1].dst.offset_bytes = plan.steps[1].src[0].offset_bytes;
             }),
             ContainsSubstring("an output beside its inputs, or over one that its op may "
                               "overwrite"));
  CHECK(refusal([](FlatPlan& plan) {
          Step& doubled = step_called(plan, "doubled");
          doubled.dst.offset_bytes = doubled.src[0].offset_bytes;
          doubled.dst.strides = doubled.src[0].strides;
        }).find("may overwrite") == std::string::npos);
}

TEST_CASE("scratch of the wrong size or place is refused") {
  const auto at_stem = [](const std::function<void(Step&)>& lie) {
    return refusal([&](FlatPlan& plan) {
      REQUIRE(plan.steps[0].scratch_bytes > 0);
      lie(plan.steps[0]);
    });
  };
  const std::string wanted = "bytes for each worker and a stage, inside the arena";
  CHECK_THAT(at_stem([](Step& step) { step.scratch_bytes -= 64; }), ContainsSubstring(wanted));
  CHECK_THAT(at_stem([](Step& step) { step.scratch_bytes += 4; }), ContainsSubstring(wanted));
  CHECK_THAT(at_stem([](Step& step) { step.scratch_bytes = INT64_MAX / 64 * 64; }),
             ContainsSubstring(wanted));
  CHECK_THAT(at_stem([](Step& step) { step.scratch_offset_bytes = -64; }),
             ContainsSubstring(wanted));
  CHECK_THAT(at_stem([](Step& step) { step.scratch_offset_bytes = step.dst.offset_bytes; }),
             ContainsSubstring("scratch"));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.threads = 64; }), ContainsSubstring(wanted));
}

TEST_CASE("shapes that do not follow from the op are refused") {
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].dst.shape[3] = 7; }),
             ContainsSubstring("step 0 'stem': expected output float32 1x8x8x8, got float32 "
                               "1x8x8x7"));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].src[0].shape[3] = 2; }),
             ContainsSubstring("operands the op accepts (conv2d: "));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].src.pop_back(); }),
             ContainsSubstring("operands the op accepts (conv2d: "));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].op = Softmax{3}; }),
             ContainsSubstring("operands the op accepts (softmax: "));
}

TEST_CASE("kernels that do not compute the op are refused") {
  CHECK(refusal([](FlatPlan& plan) { plan.steps[0].kernel = nullptr; }) ==
        "plan: step 0 'stem': expected a kernel");
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].kernel = plan.steps[1].kernel; }),
             ContainsSubstring("step 0 'stem': expected a kernel that computes the op"));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].config.algorithm = 99; }),
             ContainsSubstring("step 0 'stem': expected a configuration of its kernel"));
}

TEST_CASE("weights that are not packed as the kernel packs them are refused") {
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].src[0].region = Region::Packed; }),
             ContainsSubstring("exactly the inputs packed that its kernel packs"));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].packed_bytes += 64; }),
             ContainsSubstring("packed weights of the size of its kernel"));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].packed_offset_bytes = 1 << 30; }),
             ContainsSubstring("packed weights of the size of its kernel"));
  CHECK_THAT(refusal([](FlatPlan& plan) { plan.steps[0].dst.region = Region::Constants; }),
             ContainsSubstring("step 0 'stem': expected"));
}

}  // namespace tilewright::runtime
