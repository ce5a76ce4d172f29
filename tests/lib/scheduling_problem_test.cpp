// SPDX-License-Identifier: Apache-2.0
// What the planner is told about a program.
#include "lib/scheduling_problem.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {
namespace {

using graph::ValueId;
using rewriting::tests::Draft;
using scheduler::InPlacePair;

const scheduler::Op& op_called(const scheduler::Problem& problem, const std::string& name) {
  for (const scheduler::Op& op : problem.ops) {
    if (op.name == name) return op;
  }
  FAIL("no op '" << name << "'");
  return problem.ops[0];
}

scheduler::Problem problem_of(const Draft& draft, const CompileOptions& options = {}) {
  return compiled(draft.graph(), options).problem;
}

}  // namespace

TEST_CASE("an op may run in place where both tensors fill their storages") {
  Draft draft;
  const ValueId x = draft.input({2, 4});
  const ValueId a = draft.add("a", Unary{UnaryKind::Exp}, {x});
  const ValueId b = draft.add("b", Unary{UnaryKind::Neg}, {a});
  draft.output(draft.add("sum", Binary{BinaryKind::Add, {}}, {a, b}));
  const scheduler::Problem problem = problem_of(draft);
  const auto& a_op = op_called(problem, "a");
  CHECK(a_op.in_place == std::vector{InPlacePair{a_op.reads[0], a_op.writes[0]}});
  const auto& sum = op_called(problem, "sum");
  REQUIRE(sum.in_place.size() == 2);
  CHECK(sum.in_place[0] == InPlacePair{sum.reads[0], sum.writes[0]});
  CHECK(sum.in_place[1] == InPlacePair{sum.reads[1], sum.writes[0]});
}

TEST_CASE("views of a larger storage never run in place") {
  Draft draft;
  const ValueId x = draft.input({2, 4});
  const ValueId a = draft.add("a", Unary{UnaryKind::Exp}, {x});
  const ValueId b = draft.add("b", Unary{UnaryKind::Neg}, {x});
  const ValueId joined = draft.add("joined", Concat{1}, {a, b});
  Slice left{.size = {2, 4}, .step = {1, 1}};
  draft.output(draft.add("out", Unary{UnaryKind::Abs}, {draft.add("left", left, {joined})}));
  const scheduler::Problem problem = problem_of(draft);
  CHECK(problem.ops.size() == 3);
  for (const scheduler::Op& op : problem.ops)
    CHECK(op.in_place.empty());
}

TEST_CASE("a tensor read twice, or broadcast, is not overwritten") {
  Draft draft;
  const ValueId x = draft.input({3, 4});
  const ValueId row = draft.input({1, 4});
  const ValueId square = draft.add("square", Binary{BinaryKind::Mul, {}}, {x, x});
  draft.output(draft.add("shifted", Binary{BinaryKind::Add, {}}, {square, row}));
  const scheduler::Problem problem = problem_of(draft);
  CHECK(op_called(problem, "square").reads.size() == 1);
  CHECK(op_called(problem, "square").in_place.empty());
  CHECK(op_called(problem, "shifted").in_place.size() == 1);
}

TEST_CASE("ops that read around what they write never run in place") {
  Draft draft;
  const ValueId x = draft.input({1, 4, 4, 4});
  const ValueId soft = draft.add("soft", Softmax{3}, {draft.conv("conv", x, 4)});
  draft.output(draft.add("turned", Transpose{{0, 2, 1, 3}}, {soft}));
  for (const scheduler::Op& op : problem_of(draft).ops)
    CHECK(op.in_place.empty());
}

TEST_CASE("a convolution may be written over its residual, on any number of threads") {
  Draft draft;
  ValueId x = draft.conv("first", draft.input({1, 40, 40, 24}), 24);
  for (const char* name : {"second", "third"}) {
    const ValueId inner = draft.conv(std::string(name) + "_inner", x, 24);
    x = draft.add(name, Conv2d{{}, 1, {ActivationKind::Relu}},
                  {inner, draft.constant({24, 1, 1, 24}), draft.constant({24}), x});
  }
  draft.output(x);
  for (const std::int32_t threads : {1, 2}) {
    const Compilation compilation = compiled(draft.graph(), {.threads = threads});
    const auto& second = op_called(compilation.problem, "second");
    CHECK(second.in_place == std::vector{InPlacePair{second.reads[1], second.writes[0]}});
    CHECK(compilation.solution.in_place_used.size() == 2);
    check_outputs(draft.graph(), compilation);
  }
}

TEST_CASE("every worker has scratch of its own") {
  const std::int64_t one = compiled(small_network()).problem.ops[0].scratch_bytes;
  CHECK(one > 0);
  CHECK(one % kTensorAlignment == 0);
  CHECK(compiled(small_network(), {.threads = 3}).problem.ops[0].scratch_bytes == 3 * one);
}

TEST_CASE("an input that must survive is an output to the planner") {
  Draft draft;
  draft.output(draft.add("y", Unary{UnaryKind::Neg}, {draft.input({8})}));
  for (const bool preserve : {false, true}) {
    const scheduler::Problem problem = problem_of(draft, {.preserve_inputs = preserve});
    REQUIRE(problem.storages.size() == 2);
    for (const scheduler::Storage& storage : problem.storages) {
      CHECK(storage.input == (storage.name == "x0"));
      CHECK(storage.output == (storage.name == "y" || preserve));
    }
  }
}

}  // namespace tilewright::tests
