// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

/// The op that makes the output after the pass, of x, padded, and then cut.
std::size_t last_op_after(const Shape& x, const Pad& pad, const Slice& slice) {
  Draft draft;
  draft.output(draft.add("cut", slice, {draft.add("padded", pad, {draft.input(x)})}));
  return after(move_slices, draft).nodes.back().op.index();
}

const std::size_t kPad = Op{Pad{}}.index();
const std::size_t kSlice = Op{Slice{}}.index();

}  // namespace

TEST_CASE("a pool of one cell is a slice", "[rewrite]") {
  for (const PoolKind kind : {PoolKind::Max, PoolKind::Average}) {
    Draft draft;
    const Pool2d pool{.kind = kind, .window = {.stride_h = 2, .stride_w = 3}};
    draft.output(draft.add("pool", pool, {draft.input({1, 5, 7, 2})}));
    CHECK(text_after(move_slices, draft) ==
          "input %0 'x0': float32 1x5x7x2\n"
          "%1 'pool': float32 1x3x3x2 = slice(%0) size=[1,3,3,2] step=[1,2,3,1]\n"
          "output %1\n");
  }
}

TEST_CASE("a pool of more cells, or one that also activates, stays", "[rewrite]") {
  const Pool2d pools[] = {{.kernel_h = 2}, {.kernel_w = 2}, {.activation = {ActivationKind::Relu}}};
  for (const Pool2d& pool : pools) {
    Draft draft;
    draft.output(draft.add("pool", pool, {draft.input({1, 5, 7, 2})}));
    CHECK(std::holds_alternative<Pool2d>(after(move_slices, draft).nodes[0].op));
  }
}

TEST_CASE(
    "a picking pool after added rows that are cut off again leaves slices, and padding with "
    "nothing",
    "[rewrite]") {
  Draft draft;
  const auto padded = draft.add("padded", Pad{.after = {0, 1, 1, 0}}, {draft.input({1, 4, 4, 2})});
  const Slice cut{.begin = {0, 1, 1, 0}, .size = {1, 4, 4, 2}, .step = {1, 1, 1, 1}};
  const auto shifted = draft.add("shifted", cut, {padded});
  draft.output(draft.add("picked", Pool2d{.window = {.stride_h = 2, .stride_w = 2}}, {shifted}));
  CHECK(text_after(move_slices, draft) ==
        "input %0 'x0': float32 1x4x4x2\n"
        "%1 'shifted': float32 1x3x3x2 = slice(%0) begin=[0,1,1,0] size=[1,3,3,2] step=[1,1,1,1]\n"
        "%2 'picked': float32 1x2x2x2 = slice(%1) size=[1,2,2,2] step=[1,2,2,1]\n"
        "%3 'picked': float32 1x2x2x2 = pad(%2) mode=constant\n"
        "output %3\n");
}

TEST_CASE("a slice of padded values is a slice that is padded, unless all of it was added",
          "[rewrite]") {
  int moved = 0;
  int stayed = 0;
  constexpr std::int64_t kExtent = 3;
  for (std::int64_t before = 0; before <= 2; ++before) {
    for (std::int64_t begin = 0; begin < before + kExtent + 2; ++begin) {
      for (std::int64_t step = 1; step <= 3; ++step) {
        for (std::int64_t size = 1; begin + (size - 1) * step < before + kExtent + 2; ++size) {
          const Pad pad{.before = {before}, .after = {2}, .value = 5};
          const Slice slice{.begin = {begin}, .size = {size}, .step = {step}};
          bool sees_x = false;
          for (std::int64_t i = 0; i < size; ++i) {
            const std::int64_t cell = begin + i * step - before;
            sees_x = sees_x || (cell >= 0 && cell < kExtent);
          }
          CAPTURE(before, begin, step, size);
          CHECK(last_op_after({kExtent}, pad, slice) == (sees_x ? kPad : kSlice));
          ++(sees_x ? moved : stayed);
        }
      }
    }
  }
  CHECK(moved > 90);
  CHECK(stayed > 10);
}

TEST_CASE("slices stay behind padding that others read, that mirrors, or that they turn",
          "[rewrite]") {
  const Slice slice{.begin = {1}, .size = {3}, .step = {1}};
  CHECK(last_op_after({4}, {.mode = PadMode::Reflect, .before = {2}}, slice) == kSlice);
  const Slice turning{.begin = {4}, .size = {3}, .step = {-1}};
  CHECK(last_op_after({4}, {.before = {2}}, turning) == kSlice);
  Draft draft;
  const auto padded = draft.add("padded", Pad{.before = {2}}, {draft.input({4})});
  draft.output(draft.add("cut", slice, {padded}));
  draft.output(draft.add("read", Unary{}, {padded}));
  CHECK(after(move_slices, draft).nodes[0].op.index() == kPad);
}

}  // namespace tilewright::rewriting::tests
