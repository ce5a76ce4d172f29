// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {

TEST_CASE("what is computed twice is computed once", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({2});
  const auto a = draft.add("a", Binary{}, {x, draft.constant({2}, {1, 2})});
  const auto b = draft.add("b", Binary{}, {x, draft.constant({2}, {1, 2})});
  const auto c = draft.add("c", Binary{}, {x, draft.constant({2}, {1, 3})});
  draft.output(draft.add("y", Concat{}, {a, b, c}));
  CHECK(text_after(merge_equal_nodes, draft) ==
        "input %0 'x0': float32 2\n"
        "%2 'a': float32 2 = binary(%0, const 1 2 [1, 2]) kind=add\n"
        "%4 'c': float32 2 = binary(%0, const 3 2 [1, 3]) kind=add\n"
        "%5 'y': float32 6 = concat(%2, %2, %4)\n"
        "output %5\n");
}

TEST_CASE("two outputs stay two, even if they are equal", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({2});
  draft.output(draft.add("a", Unary{}, {x}));
  draft.output(draft.add("b", Unary{}, {x}));
  CHECK(after(merge_equal_nodes, draft).nodes.size() == 2);
}

}  // namespace tilewright::rewriting::tests
