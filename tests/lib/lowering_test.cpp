// SPDX-License-Identifier: Apache-2.0
// Which steps a graph becomes: the names of the tests draw the graphs. Each lowered program is
// compiled and compared with the interpreter.
#include "lib/lowering.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {
namespace {

using graph::ValueId;
using rewriting::tests::Draft;
using Names = std::vector<std::string>;

/// The names of the ops that run, in order.
Names steps(const Program& program) {
  Names names;
  for (const ProgramOp& op : program.ops)
    names.push_back(op.name);
  return names;
}

/// The program of a graph, after its numbers were checked.
Program lowered(const Draft& draft) {
  const Compilation compilation = compiled(draft.graph(), {.threads = 2});
  check_outputs(draft.graph(), compilation);
  return compilation.program;
}

ValueId neg(Draft& draft, std::string name, ValueId x) {
  return draft.add(std::move(name), Unary{UnaryKind::Neg}, {x});
}

ValueId slice(Draft& draft, std::string name, ValueId x, int axis, std::int64_t begin,
              std::int64_t size, std::int64_t step = 1) {
  Slice op;
  for (int i = 0; i < draft.shape(x).rank(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    op.begin[at] = i == axis ? begin : 0;
    op.size[at] = i == axis ? size : draft.shape(x)[i];
    op.step[at] = i == axis ? step : 1;
  }
  return draft.add(std::move(name), op, {x});
}

const ProgramOp& op_called(const Program& program, const std::string& name) {
  for (const ProgramOp& op : program.ops) {
    if (op.name == name) return op;
  }
  FAIL("no op '" << name << "'");
  return program.ops[0];
}

}  // namespace

TEST_CASE("x - a, b - concat: both write their columns of one storage") {
  Draft draft;
  const ValueId x = draft.input({1, 4, 4, 3});
  const ValueId a = draft.conv("a", x, 5);
  const ValueId b = neg(draft, "b", x);
  draft.output(draft.add("joined", Concat{3}, {a, b}));
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"a", "b"});
  CHECK(program.storages.size() == 2);
  const ProgramOperand& left = op_called(program, "a").dst;
  const ProgramOperand& right = op_called(program, "b").dst;
  CHECK(left.place.storage == right.place.storage);
  CHECK(left.place.strides[2] == 8);
  CHECK(right.place.offset_bytes == 5 * 4);
}

TEST_CASE("a, b - inner concat; inner, c - outer concat: all write into the outer") {
  for (const int axis : {0, 1, 2}) {
    Draft draft;
    const ValueId x = draft.input({2, 3, 4});
    const ValueId inner =
        draft.add("inner", Concat{2},
                  {neg(draft, "a", x), draft.add("b", Activate{{ActivationKind::Tanh}}, {x})});
    const ValueId wide = draft.add("c", Concat{2}, {neg(draft, "c1", x), neg(draft, "c2", x)});
    draft.output(neg(draft, "last", draft.add("outer", Concat{axis}, {inner, wide})));
    const Program program = lowered(draft);
    CHECK(steps(program) == Names{"a", "b", "c1", "c2", "last"});
    CHECK(program.storages.size() == 3);
  }
}

TEST_CASE("x - slices - neg: slices are read where they lie") {
  Draft draft;
  const ValueId x = draft.input({2, 6, 5});
  draft.output(neg(draft, "rows", slice(draft, "s1", x, 1, 2, 3)));
  draft.output(neg(draft, "columns", slice(draft, "s2", x, 2, 1, 3)));
  draft.output(neg(draft, "every_other", slice(draft, "s3", x, 1, 1, 3, 2)));
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"rows", "columns", "every_other"});
  CHECK(program.ops[0].src[0].place.offset_bytes == 2 * 5 * 4);
  CHECK(program.ops[2].src[0].place.strides[1] == 10);
  CHECK(count_copies(program) == 0);
}

TEST_CASE("x - slice of a slice - neg: offsets add up") {
  Draft draft;
  const ValueId x = draft.input({8, 6});
  const ValueId rows = slice(draft, "rows", neg(draft, "first", x), 0, 2, 5);
  draft.output(neg(draft, "last", slice(draft, "cell", rows, 1, 3, 2)));
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"first", "last"});
  CHECK(program.ops[1].src[0].place.offset_bytes == (2 * 6 + 3) * 4);
}

TEST_CASE("x - slice backwards, or with gaps along the last axis: copied") {
  Draft draft;
  const ValueId x = draft.input({4, 6});
  draft.output(neg(draft, "a", slice(draft, "backwards", x, 0, 3, 4, -1)));
  draft.output(neg(draft, "b", slice(draft, "gaps", x, 1, 0, 3, 2)));
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"backwards", "a", "gaps", "b"});
  CHECK(count_copies(program) == 2);
}

TEST_CASE("x - slice of one cell - neg: read where it lies, whatever the step") {
  for (const std::int64_t step : {std::int64_t{-1}, std::int64_t{2}, INT64_MAX, INT64_MIN}) {
    for (const int axis : {0, 1}) {
      Draft draft;
      const ValueId x = draft.input({4, 6});
      draft.output(neg(draft, "last", slice(draft, "cell", x, axis, 2, 1, step)));
      draft.output(slice(draft, "copied", x, axis, 3, 1, step));
      CHECK(steps(lowered(draft)) == Names{"last", "copied"});
    }
  }
}

TEST_CASE("x - neg - reshape - reshape - neg: reshapes are no steps") {
  Draft draft;
  const ValueId x = neg(draft, "first", draft.input({2, 3, 4}));
  const ValueId flat = draft.add("flat", Reshape{{24}}, {x});
  draft.output(neg(draft, "last", draft.add("square", Reshape{{4, 6}}, {flat})));
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"first", "last"});
}

TEST_CASE("x - neg - reshape - reshape - output: the producer writes the output") {
  Draft draft;
  const ValueId x = neg(draft, "first", draft.input({2, 3, 4}));
  const ValueId flat = draft.add("flat", Reshape{{24}}, {x});
  draft.output(draft.add("square", Reshape{{4, 6}}, {flat}));
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"first"});
  CHECK(program.storages.size() == 2);
}

TEST_CASE("x - slice with gaps - reshape: the reshape copies") {
  Draft draft;
  const ValueId x = draft.input({4, 6});
  const ValueId columns = slice(draft, "columns", x, 1, 1, 3);
  draft.output(neg(draft, "last", draft.add("flat", Reshape{{12}}, {columns})));
  CHECK(steps(lowered(draft)) == Names{"flat", "last"});
}

TEST_CASE("x - slice of columns - reshape that splits or drops dimensions - neg: no copies") {
  Draft draft;
  const ValueId x = draft.input({4, 3, 6});
  const ValueId third = slice(draft, "third", x, 1, 2, 1);
  draft.output(neg(draft, "a", draft.add("squeezed", Reshape{{4, 6}}, {third})));
  const ValueId columns = slice(draft, "columns", x, 2, 1, 4);
  draft.output(neg(draft, "b", draft.add("split", Reshape{{2, 2, 3, 2, 2}}, {columns})));
  CHECK(steps(lowered(draft)) == Names{"a", "b"});
}

TEST_CASE("x - transpose of outer dimensions - neg: read in another order") {
  Draft draft;
  const ValueId x = draft.input({2, 3, 4});
  draft.output(neg(draft, "read", draft.add("t", Transpose{{1, 0, 2}}, {x})));
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"read"});
  CHECK(program.ops[0].src[0].place.strides[0] == 4);
  CHECK(program.ops[0].src[0].place.strides[1] == 12);
}

TEST_CASE("x - transpose of the innermost dimension - neg: copied") {
  Draft draft;
  const ValueId x = draft.input({2, 3, 4});
  draft.output(neg(draft, "read", draft.add("t", Transpose{{0, 2, 1}}, {x})));
  CHECK(steps(lowered(draft)) == Names{"t", "read"});
}

TEST_CASE("heads: rows - split - transpose - product - transpose - merged rows: no copies") {
  Draft draft;
  const ValueId x = neg(draft, "x", draft.input({5, 6}));
  const ValueId split = draft.add("split", Reshape{{1, 5, 2, 3}}, {x});
  const ValueId heads = draft.add("heads", Transpose{{0, 2, 1, 3}}, {split});
  const ValueId product =
      draft.add("product", MatMul{.transpose_b = true}, {heads, draft.input({1, 2, 3, 3})});
  const ValueId back = draft.add("back", Transpose{{0, 2, 1, 3}}, {product});
  draft.output(neg(draft, "y", draft.add("merged", Reshape{{5, 6}}, {back})));
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"x", "product", "y"});
  CHECK(count_copies(program) == 0);
}

TEST_CASE("a - transpose - concat, b - transpose - output: producers write in the other order") {
  Draft draft;
  const ValueId a = neg(draft, "a", draft.input({2, 3, 4}));
  const ValueId b = neg(draft, "b", draft.input({3, 2, 5}));
  const ValueId turned = draft.add("turned", Transpose{{1, 0, 2}}, {a});
  draft.output(draft.add("joined", Concat{2}, {turned, b}));
  const ValueId c = neg(draft, "c", draft.input({2, 3, 4}));
  draft.output(draft.add("out", Transpose{{1, 0, 2}}, {c}));
  CHECK(steps(lowered(draft)) == Names{"a", "b", "c"});
}

TEST_CASE("a - transpose - output: an op never runs in place between two orders") {
  Draft draft;
  const ValueId first = neg(draft, "first", draft.input({2, 3, 4}));
  const ValueId last = neg(draft, "last", first);
  draft.output(draft.add("out", Transpose{{1, 0, 2}}, {last}));
  CHECK(steps(lowered(draft)) == Names{"first", "last"});
}

TEST_CASE("a, b - concat - reshape - output: a and b write the output") {
  Draft draft;
  const ValueId x = draft.input({3, 4});
  const ValueId joined = draft.add("joined", Concat{1}, {neg(draft, "a", x), neg(draft, "b", x)});
  draft.output(draft.add("flat", Reshape{{24}}, {joined}));
  CHECK(steps(lowered(draft)) == Names{"a", "b"});
}

TEST_CASE("a - reshape - concat: the reshape is written in place if its rows stay whole") {
  Draft draft;
  const ValueId x = draft.input({2, 6});
  const ValueId a = draft.add("flat", Reshape{{1, 12}}, {neg(draft, "a", x)});
  const ValueId b = neg(draft, "b", draft.input({1, 5}));
  draft.output(draft.add("joined", Concat{1}, {a, b}));
  CHECK(steps(lowered(draft)) == Names{"a", "b"});
}

TEST_CASE("a - concat and a - neg: an input with two readers is copied") {
  Draft draft;
  const ValueId a = neg(draft, "a", draft.input({2, 3}));
  const ValueId b = neg(draft, "b", draft.input({2, 4}));
  draft.output(draft.add("joined", Concat{1}, {a, b}));
  draft.output(neg(draft, "other", a));
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"a", "b", "joined", "other"});
  CHECK(count_copies(program) == 1);
}

TEST_CASE("a, a - concat: both are copied") {
  Draft draft;
  const ValueId a = neg(draft, "a", draft.input({2, 3}));
  draft.output(draft.add("joined", Concat{0}, {a, a}));
  CHECK(steps(lowered(draft)) == Names{"a", "joined", "joined"});
}

TEST_CASE("input, constant, slice - concat: all three are copied") {
  Draft draft;
  const ValueId x = draft.input({2, 5});
  draft.output(draft.add("joined", Concat{1},
                         {x, draft.constant({2, 3}), slice(draft, "part", x, 1, 1, 2)}));
  CHECK(steps(lowered(draft)) == Names{"part", "joined", "joined"});
}

TEST_CASE("a - output and a - concat: an output is copied into the concat") {
  Draft draft;
  const ValueId a = neg(draft, "a", draft.input({2, 3}));
  draft.output(a);
  draft.output(draft.add("joined", Concat{1}, {a, neg(draft, "b", a)}));
  CHECK(steps(lowered(draft)) == Names{"a", "b", "joined"});
}

TEST_CASE("a, b - concat - slices: split after concat reads the producers' own columns") {
  Draft draft;
  const ValueId x = draft.input({2, 3});
  const ValueId joined = draft.add("joined", Concat{1}, {neg(draft, "a", x), neg(draft, "b", x)});
  draft.output(neg(draft, "left", slice(draft, "s1", joined, 1, 0, 3)));
  draft.output(neg(draft, "right", slice(draft, "s2", joined, 1, 2, 4)));
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"a", "b", "left", "right"});
  CHECK(program.storages.size() == 4);
}

TEST_CASE("input - output, constant - output: copies of their own") {
  Draft draft;
  const ValueId x = draft.input({2, 3});
  const ValueId c = draft.constant({4});
  draft.output(x);
  draft.output(c);
  draft.output(neg(draft, "y", x));
  const Program program = lowered(draft);
  CHECK(count_copies(program) == 2);
  for (const ProgramTensor& output : program.outputs)
    CHECK_FALSE(program.storages[output.storage].input);
}

TEST_CASE("input - reshape - output, input - slice - output: copied out of the input") {
  Draft draft;
  const ValueId x = draft.input({2, 3});
  draft.output(draft.add("flat", Reshape{{6}}, {x}));
  draft.output(slice(draft, "part", x, 0, 1, 1));
  CHECK(steps(lowered(draft)) == Names{"flat", "part"});
}

TEST_CASE("a - output twice: one storage") {
  Draft draft;
  const ValueId a = neg(draft, "a", draft.input({2, 3}));
  draft.output(a);
  draft.output(a);
  const Program program = lowered(draft);
  CHECK(steps(program) == Names{"a"});
  CHECK(program.outputs[0].storage == program.outputs[1].storage);
}

TEST_CASE("scalars and tensors without elements lower like others") {
  Draft draft;
  const ValueId scalar = neg(draft, "scalar", draft.input(Shape{}));
  const ValueId nothing = draft.input({2, 0, 3});
  const ValueId joined =
      draft.add("joined", Concat{1}, {nothing, neg(draft, "a", draft.input({2, 1, 3}))});
  draft.output(draft.add("row", Reshape{{1}}, {scalar}));
  draft.output(slice(draft, "none", joined, 1, 1, 0));
  draft.output(draft.add("flat", Reshape{{0}}, {nothing}));
  draft.output(neg(draft, "all", joined));
  static_cast<void>(lowered(draft));
}

TEST_CASE("x - neg, y: an input that nobody reads has bytes of its own") {
  Draft draft;
  draft.output(neg(draft, "out", draft.input({2})));
  static_cast<void>(draft.input({3}));
  CHECK(lowered(draft).inputs.size() == 2);
}

}  // namespace tilewright::tests
