// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {

TEST_CASE("reshapes in a row become one", "[rewrite]") {
  Draft draft;
  const auto a = draft.add("a", Reshape{{6}}, {draft.input({2, 3})});
  draft.output(draft.add("b", Reshape{{3, 2}}, {a}));
  CHECK(text_after(merge_reshapes, draft) ==
        "input %0 'x0': float32 2x3\n"
        "%1 'b': float32 3x2 = reshape(%0) shape=3x2\n"
        "output %1\n");
}

TEST_CASE("a transpose that moves extents of 1 goes into the reshape after it", "[rewrite]") {
  Draft draft;
  const auto pooled = draft.input({2, 1, 1, 3});
  draft.output(draft.add("flat", Reshape{{2, 3}}, {draft.to_nchw(pooled)}));
  CHECK(after(merge_reshapes, draft).nodes.size() == 1);
}

TEST_CASE("transposes that move extents of 1 end as reshapes, others as they are", "[rewrite]") {
  Draft draft;
  draft.output(draft.to_nchw(draft.input({2, 1, 1, 3})));
  draft.output(draft.to_nchw(draft.input({2, 1, 4, 3})));
  CHECK(text_after(turn_transposes_into_reshapes, draft) ==
        "input %0 'x0': float32 2x1x1x3\n"
        "input %1 'x1': float32 2x1x4x3\n"
        "%2 'to_nchw': float32 2x3x1x1 = reshape(%0) shape=2x3x1x1\n"
        "%3 'to_nchw': float32 2x3x1x4 = transpose(%1) perm=[0,3,1,2]\n"
        "output %2\n"
        "output %3\n");
}

}  // namespace tilewright::rewriting::tests
