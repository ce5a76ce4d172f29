// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/bank_graphs.h"

#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {

using rewriting::tests::Draft;

graph::Graph waiting_branches() {
  Draft draft;
  const auto image = draft.input({1, 16, 16, 8});
  const auto stem = draft.conv("stem", image, 16);
  const auto left = draft.conv("left", stem, 32);
  const auto left_end = draft.conv("left_end", left, 16);
  const auto right = draft.conv("right", stem, 32);
  const auto right_end = draft.conv("right_end", right, 16);
  const auto both = draft.add("both", Binary{BinaryKind::Add, {}}, {left_end, right_end});
  const auto all = draft.add("all", Binary{BinaryKind::Mul, {}}, {both, stem});
  draft.output(draft.add("joined", Concat{3}, {all, left_end}));
  return draft.graph();
}

graph::Graph branches_with_weights() {
  Draft draft;
  const auto image = draft.input({1, 12, 12, 8});
  const auto stem = draft.conv("stem", image, 16);
  const auto left = draft.conv("left", stem, 40);
  const auto right = draft.conv("right", stem, 24);
  const auto right_end = draft.conv("right_end", right, 40);
  const auto both = draft.add("both", Binary{BinaryKind::Add, {}}, {left, right_end});
  const auto table = draft.constant({1, 12, 12, 40});
  const auto scaled = draft.add("scaled", Binary{BinaryKind::Mul, {}}, {both, table});
  draft.output(draft.conv("end", scaled, 8));
  return draft.graph();
}

}  // namespace tilewright::tests
