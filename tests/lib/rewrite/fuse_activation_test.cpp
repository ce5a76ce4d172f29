// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

Activate activate(ActivationKind kind, float alpha = 0, float beta = 0) {
  return Activate{{kind, alpha, beta}};
}

}  // namespace

TEST_CASE("an activation goes into the op before it", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({1, 3, 3, 1});
  const auto conv = draft.conv("conv", x, 5);
  const auto relu = draft.add("relu", activate(ActivationKind::Relu), {conv});
  const auto pool = draft.add("pool", Pool2d{.kernel_h = 2}, {relu});
  const auto silu = draft.add("silu", activate(ActivationKind::Silu), {pool});
  const auto sum = draft.add("sum", Binary{}, {silu, draft.constant({1}, {1})});
  draft.output(draft.add("tanh", activate(ActivationKind::Tanh), {sum}));
  CHECK(text_after(fuse_activation, draft) ==
        "input %0 'x0': float32 1x3x3x1\n"
        "%3 'conv': float32 1x3x3x5 = conv2d(%0, const 1 5x3x3x1, const 2 5) "
        "window.pad_top=1 window.pad_left=1 window.pad_bottom=1 window.pad_right=1 "
        "activation.kind=relu\n"
        "%4 'pool': float32 1x2x3x5 = pool2d(%3) kind=max kernel_h=2 activation.kind=silu\n"
        "%6 'sum': float32 1x2x3x5 = binary(%4, const 5 1 [1]) kind=add activation.kind=tanh\n"
        "output %6\n");
}

TEST_CASE("an activation stays if its input is read elsewhere", "[rewrite]") {
  Draft draft;
  const auto conv = draft.conv("conv", draft.input({1, 3, 3, 1}), 2);
  draft.output(draft.add("relu", activate(ActivationKind::Relu), {conv}));
  draft.output(conv);
  CHECK(after(fuse_activation, draft).nodes.size() == 2);
}

TEST_CASE("limits one after the other become one", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({50});
  const auto relu = draft.add("relu", activate(ActivationKind::Relu), {x});
  const auto low = draft.add("low", activate(ActivationKind::Clamp, -1, 1), {relu});
  const auto high = draft.add("high", activate(ActivationKind::Clamp, 0.5F, 3), {low});
  draft.output(high);
  CHECK(text_after(fuse_activation, draft) ==
        "input %0 'x0': float32 50\n"
        "%1 'relu': float32 50 = activate(%0) activation.kind=clamp activation.alpha=0.5 "
        "activation.beta=1\n"
        "output %1\n");
}

TEST_CASE("other activations one after the other stay two", "[rewrite]") {
  Draft draft;
  const auto tanh = draft.add("tanh", activate(ActivationKind::Tanh), {draft.input({9})});
  draft.output(draft.add("relu", activate(ActivationKind::Relu), {tanh}));
  CHECK(after(fuse_activation, draft).nodes.size() == 2);
}

TEST_CASE("a maximum and a minimum with one number are activations", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({50});
  const auto low = draft.add("low", Binary{BinaryKind::Max}, {draft.constant({1}, {0}), x});
  draft.output(draft.add("high", Binary{BinaryKind::Min}, {low, draft.constant({}, {6})}));
  CHECK(text_after(fuse_activation, draft) ==
        "input %0 'x0': float32 50\n"
        "%1 'low': float32 50 = activate(%0) activation.kind=relu6\n"
        "output %1\n");
}

TEST_CASE("a maximum with many numbers, or one that broadcasts, is none", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({2});
  draft.output(draft.add("many", Binary{BinaryKind::Max}, {x, draft.constant({2}, {0, 1})}));
  draft.output(draft.add("wide", Binary{BinaryKind::Max}, {x, draft.constant({1, 1}, {0})}));
  CHECK(graph::print(after(fuse_activation, draft)) == graph::print(draft.graph()));
}

}  // namespace tilewright::rewriting::tests
