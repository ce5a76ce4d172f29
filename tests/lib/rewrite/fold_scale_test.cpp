// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

Binary of(BinaryKind kind) {
  return Binary{.kind = kind};
}

}  // namespace

TEST_CASE("batch norm after a layer goes into its filter and bias", "[rewrite]") {
  const auto batch_norm = [](Draft& draft, graph::ValueId x) {
    const std::int64_t channels = draft.shape(x).last();
    const auto scaled = draft.add("scaled", of(BinaryKind::Mul), {x, draft.constant({channels})});
    const Binary relu{BinaryKind::Add, {ActivationKind::Relu}};
    draft.output(draft.add("shifted", relu, {draft.constant({1, channels}), scaled}));
  };
  SECTION("a convolution") {
    Draft draft;
    const auto x = draft.input({1, 1, 1, 2});
    const auto conv =
        draft.add("conv", Conv2d{},
                  {x, draft.constant({2, 1, 1, 2}, {1, 2, 3, 4}), draft.constant({2}, {5, 6})});
    const auto scaled =
        draft.add("scaled", of(BinaryKind::Mul), {conv, draft.constant({2}, {2, 3})});
    const Binary relu{BinaryKind::Add, {ActivationKind::Relu}};
    draft.output(draft.add("shifted", relu, {draft.constant({1, 2}, {7, 8}), scaled}));
    CHECK(text_after(fold_scale, draft) ==
          "input %0 'x0': float32 1x1x1x2\n"
          "%3 'conv': float32 1x1x1x2 = conv2d(%0, const 1 2x1x1x2 [2, 4, 9, 12], const 2 2 [17, "
          "26]) activation.kind=relu\n"
          "output %3\n");
  }
  SECTION("a depthwise convolution") {
    Draft draft;
    const auto x = draft.input({1, 4, 4, 2});
    batch_norm(draft, draft.add("d", DepthwiseConv2d{},
                                {x, draft.constant({2, 2, 4}), draft.constant({4})}));
    CHECK(after(fold_scale, draft).nodes.size() == 1);
  }
  SECTION("a transposed convolution") {
    Draft draft;
    const auto x = draft.input({1, 4, 4, 2});
    batch_norm(draft, draft.add("t", ConvTranspose2d{.window = {.stride_h = 2}},
                                {x, draft.constant({3, 2, 2, 2}), draft.constant({3})}));
    CHECK(after(fold_scale, draft).nodes.size() == 1);
  }
  SECTION("a fully connected layer") {
    Draft draft;
    batch_norm(draft,
               draft.add("f", FullyConnected{},
                         {draft.input({3, 2}), draft.constant({4, 2}), draft.constant({4})}));
    CHECK(after(fold_scale, draft).nodes.size() == 1);
  }
}

TEST_CASE("every arithmetic with a constant folds in both orders where it is affine", "[rewrite]") {
  for (const BinaryKind kind :
       {BinaryKind::Add, BinaryKind::Sub, BinaryKind::Mul, BinaryKind::Div}) {
    for (const bool swapped : {false, true}) {
      Draft draft;
      const auto x = draft.conv("conv", draft.input({1, 3, 3, 1}), 2);
      const auto c = draft.constant({2}, {2, -0.5F});
      draft.output(draft.add("y", of(kind), swapped ? std::vector{c, x} : std::vector{x, c}));
      CAPTURE(static_cast<int>(kind), swapped);
      const bool is_affine = kind != BinaryKind::Div || !swapped;
      CHECK(after(fold_scale, draft).nodes.size() == (is_affine ? 1 : 2));
    }
  }
}

TEST_CASE("a scale before a layer goes into its filter", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({1, 4, 4, 2});
  const auto scaled = draft.add("scaled", of(BinaryKind::Mul), {x, draft.constant({2})});
  draft.output(draft.conv("conv", scaled, 3));
  CHECK(after(fold_scale, draft).nodes.size() == 1);
}

TEST_CASE("a shift before a layer goes into its bias only if the layer pads nothing", "[rewrite]") {
  for (const std::int32_t pad : {0, 1}) {
    Draft draft;
    const auto x = draft.input({1, 4, 4, 2});
    const auto shifted = draft.add("shifted", of(BinaryKind::Add), {x, draft.constant({2})});
    draft.output(draft.add("conv", Conv2d{.window = {.pad_left = pad}},
                           {shifted, draft.constant({3, 2, 2, 2}), draft.constant({3})}));
    CHECK(after(fold_scale, draft).nodes.size() == (pad == 0 ? 1 : 2));
  }
}

TEST_CASE("a scale before depthwise channels that multiply finds its filter", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({1, 4, 4, 2});
  const auto scaled = draft.add("scaled", of(BinaryKind::Mul), {x, draft.constant({2})});
  const auto shifted = draft.add("shifted", of(BinaryKind::Sub), {scaled, draft.constant({2})});
  draft.output(
      draft.add("d", DepthwiseConv2d{}, {shifted, draft.constant({2, 2, 6}), draft.constant({6})}));
  CHECK(after(fold_scale, draft).nodes.size() == 1);
}

TEST_CASE("a scale stays where folding would change something else", "[rewrite]") {
  const auto nodes_after = [](auto&& build) {
    Draft draft;
    build(draft);
    return after(fold_scale, draft).nodes.size();
  };
  // Somebody else reads the unscaled value.
  CHECK(nodes_after([](Draft& draft) {
          const auto x = draft.conv("conv", draft.input({1, 3, 3, 1}), 2);
          draft.output(x);
          draft.output(draft.add("y", of(BinaryKind::Mul), {x, draft.constant({2})}));
        }) == 2);
  // The layer has an activation.
  CHECK(nodes_after([](Draft& draft) {
          const auto x = draft.input({1, 2});
          const auto f = draft.add("f", FullyConnected{{ActivationKind::Relu}},
                                   {x, draft.constant({2, 2}), draft.constant({2})});
          draft.output(draft.add("y", of(BinaryKind::Mul), {f, draft.constant({2})}));
        }) == 2);
  // The constant is per row, not per channel, or broadcasts the layer's output.
  for (const Shape& shape : {Shape{3, 1}, Shape{4, 1, 1, 1}}) {
    CHECK(nodes_after([&](Draft& draft) {
            const auto x = draft.conv("conv", draft.input({1, 3, 3, 1}), 3);
            draft.output(draft.add("y", of(BinaryKind::Mul), {x, draft.constant(shape)}));
          }) == 2);
  }
  // Filters of a layer in groups do not tell input channels apart.
  CHECK(nodes_after([](Draft& draft) {
          const auto x = draft.input({1, 3, 3, 4});
          const auto scaled = draft.add("s", of(BinaryKind::Mul), {x, draft.constant({4})});
          draft.output(draft.add("conv", Conv2d{.groups = 2},
                                 {scaled, draft.constant({2, 1, 1, 2}), draft.constant({2})}));
        }) == 2);
}

}  // namespace tilewright::rewriting::tests
