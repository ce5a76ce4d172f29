// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

/// The number of nodes left of `x`, padded by one row before and two columns after with `value`,
/// and then `op`.
std::size_t nodes_after(Op op, float value, bool with_weights, Activate before = {}) {
  Draft draft;
  auto x = draft.input({1, 5, 5, 2});
  if (before.activation.kind != ActivationKind::None) x = draft.add("before", before, {x});
  const Pad pad{.before = {0, 1, 0, 0}, .after = {0, 0, 2, 0}, .value = value};
  std::vector<graph::ValueId> inputs = {draft.add("pad", pad, {x})};
  if (with_weights) {
    const bool depthwise = std::holds_alternative<DepthwiseConv2d>(op);
    inputs.push_back(draft.constant(depthwise ? Shape{3, 3, 2} : Shape{2, 3, 3, 2}));
    inputs.push_back(draft.constant({2}));
  }
  draft.output(draft.add("op", std::move(op), inputs));
  return after(fuse_pad, draft).nodes.size();
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("zeros before a convolution go into its window", "[rewrite]") {
  Draft draft;
  const Pad pad{.before = {0, 1, 0, 0}, .after = {0, 0, 2, 0}};
  const auto padded = draft.add("pad", pad, {draft.input({1, 5, 5, 2})});
  draft.output(draft.conv("conv", padded, 5));
  CHECK(text_after(fuse_pad, draft) ==
        "input %0 'x0': float32 1x5x5x2\n"
        "%3 'conv': float32 1x6x7x5 = conv2d(%0, const 1 5x3x3x2, const 2 5) window.pad_top=2 "
        "window.pad_left=1 window.pad_bottom=1 window.pad_right=3\n"
        "output %3\n");
  CHECK(nodes_after(DepthwiseConv2d{}, 0, true) == 1);
}

TEST_CASE("padding that a convolution does not mean stays", "[rewrite]") {
  CHECK(nodes_after(Conv2d{}, 1, true) == 2);
  CHECK(nodes_after(ConvTranspose2d{}, 0, true) == 2);
  Draft draft;
  const Pad pad{.after = {0, 0, 0, 1}};
  draft.output(draft.conv("conv", draft.add("pad", pad, {draft.input({1, 5, 5, 2})}), 5));
  CHECK(after(fuse_pad, draft).nodes.size() == 2);
}

TEST_CASE("an average counts the zeros it takes in", "[rewrite]") {
  const Pool2d pool{.kind = PoolKind::Average, .kernel_h = 3, .kernel_w = 3};
  CHECK(nodes_after(pool, 0, false) == 1);
  Pool2d counting = pool;
  counting.window.pad_bottom = 1;
  CHECK(nodes_after(counting, 0, false) == 2);
  counting.count_include_pad = true;
  CHECK(nodes_after(counting, 0, false) == 1);
}

TEST_CASE("a maximum takes in what never wins", "[rewrite]") {
  const Pool2d pool{.kernel_h = 3, .kernel_w = 3};
  CHECK(nodes_after(pool, -kInfinity, false) == 1);
  CHECK(nodes_after(pool, 0, false) == 2);
  CHECK(nodes_after(pool, 0, false, Activate{{ActivationKind::Relu}}) == 2);
  CHECK(nodes_after(pool, 0, false, Activate{{ActivationKind::Tanh}}) == 3);
  const Pool2d too_small{.kernel_h = 1, .kernel_w = 1};
  CHECK(nodes_after(too_small, -kInfinity, false) == 2);
}

}  // namespace tilewright::rewriting::tests
