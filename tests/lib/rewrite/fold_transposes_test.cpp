// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {

TEST_CASE("a transpose before the flattening of a last layer goes into its weights", "[rewrite]") {
  Draft draft;
  const auto x = draft.to_nchw(draft.input({2, 3, 2, 4}));
  const auto flat = draft.add("flat", Reshape{{2, 24}}, {x});
  draft.output(
      draft.add("dense", FullyConnected{}, {flat, draft.constant({5, 24}), draft.constant({5})}));
  CHECK(text_after(fold_transposes, draft) ==
        "input %0 'x0': float32 2x3x2x4\n"
        "%1 'dense': float32 2x24 = reshape(%0) shape=2x24\n"
        "%4 'dense': float32 2x5 = fully_connected(%1, const 2 5x24, const 3 5)\n"
        "output %4\n");
}

TEST_CASE("a transpose that moves the batch stays", "[rewrite]") {
  Draft draft;
  const auto x = draft.add("t", Transpose{{1, 0, 2}}, {draft.input({3, 2, 4})});
  const auto flat = draft.add("flat", Reshape{{2, 12}}, {x});
  draft.output(
      draft.add("dense", FullyConnected{}, {flat, draft.constant({5, 12}), draft.constant({5})}));
  CHECK(after(fold_transposes, draft).nodes.size() == 3);
}

TEST_CASE("transposed factors of a product become its flags", "[rewrite]") {
  Draft draft;
  const auto a = draft.add("a", Transpose{{0, 2, 1}}, {draft.input({2, 3, 4})});
  const auto b = draft.add("b", Transpose{{1, 0}}, {draft.input({3, 5})});
  draft.output(draft.add("y", MatMul{.transpose_b = true}, {a, b}));
  CHECK(text_after(fold_transposes, draft) ==
        "input %0 'x0': float32 2x3x4\n"
        "input %1 'x1': float32 3x5\n"
        "%2 'y': float32 2x4x5 = matmul(%0, %1) transpose_a=true\n"
        "output %2\n");
}

TEST_CASE("of a transpose that turns columns to rows, the flag leaves one that keeps columns",
          "[rewrite]") {
  Draft draft;
  const auto keys = draft.add("keys", Transpose{{1, 2, 3, 0}}, {draft.input({5, 1, 3, 4})});
  draft.output(draft.add("y", MatMul{}, {draft.input({1, 3, 2, 4}), keys}));
  CHECK(text_after(fold_transposes, draft) ==
        "input %0 'x0': float32 5x1x3x4\n"
        "input %1 'x1': float32 1x3x2x4\n"
        "%2 'keys': float32 1x3x5x4 = transpose(%0) perm=[1,2,0,3]\n"
        "%3 'y': float32 1x3x2x5 = matmul(%1, %2) transpose_b=true\n"
        "output %3\n");
}

TEST_CASE("a transpose of the batches of a product stays", "[rewrite]") {
  Draft draft;
  const auto a = draft.add("a", Transpose{{1, 0, 2}}, {draft.input({2, 3, 4})});
  draft.output(draft.add("y", MatMul{}, {a, draft.input({4, 5})}));
  CHECK(after(fold_transposes, draft).nodes.size() == 2);
}

}  // namespace tilewright::rewriting::tests
