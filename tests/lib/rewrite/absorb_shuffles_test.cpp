// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "lib/graph/whole_slice.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

using graph::ValueId;

/// Channels of `groups` groups, one of each in turn.
ValueId shuffle(Draft& draft, ValueId x, std::int64_t groups) {
  const Shape s = draft.shape(x);
  const auto split = draft.add("split", Reshape{{s[0], s[1], s[2], groups, s[3] / groups}}, {x});
  const auto moved = draft.add("moved", Transpose{{0, 1, 2, 4, 3}}, {split});
  return draft.add("merged", Reshape{s}, {moved});
}

ValueId grouped(Draft& draft, std::string name, ValueId x, std::int64_t outputs,
                std::int32_t groups, const Window& window = {}, std::int64_t kernel = 1) {
  return draft.add(std::move(name), Conv2d{.window = window, .groups = groups},
                   {x, draft.constant({outputs, kernel, kernel, draft.shape(x)[3] / groups}),
                    draft.constant({outputs})});
}

ValueId depthwise(Draft& draft, std::string name, ValueId x) {
  const std::int64_t channels = draft.shape(x)[3];
  return draft.add(std::move(name), DepthwiseConv2d{},
                   {x, draft.constant({3, 3, channels}), draft.constant({channels})});
}

std::ptrdiff_t count_movements(const graph::Graph& graph) {
  return std::ranges::count_if(graph.nodes, [](const graph::Node& node) {
    return std::holds_alternative<Transpose>(node.op) || std::holds_alternative<Gather>(node.op);
  });
}

}  // namespace

TEST_CASE("a shuffle before a dense convolution goes into its filter", "[rewrite]") {
  Draft draft;
  draft.output(grouped(draft, "y", shuffle(draft, draft.input({1, 2, 3, 12}), 3), 5, 1));
  CHECK(text_after(absorb_shuffles, draft) ==
        "input %0 'x0': float32 1x2x3x12\n"
        "%3 'y': float32 1x2x3x5 = conv2d(%0, const 1 5x1x1x12, const 2 5)\n"
        "output %3\n");
}

TEST_CASE("a shuffle goes past ops that keep channels apart into all layers behind", "[rewrite]") {
  Draft draft;
  const auto x = shuffle(draft, draft.input({1, 5, 6, 12}), 2);
  const auto pooled = draft.add("p", Pool2d{.kernel_h = 2, .kernel_w = 2}, {x});
  const auto active = draft.add("a", Activate{{ActivationKind::LeakyRelu, 0.1F, 0}}, {pooled});
  const auto scaled = draft.add("s", Binary{BinaryKind::Mul}, {draft.constant({1, 12}), active});
  const auto filtered = depthwise(draft, "d", scaled);
  const auto mean = draft.add("m", Reduce{ReduceKind::Mean, 0b0110, false}, {filtered});
  const auto all = draft.add("c", Concat{1}, {draft.input({1, 3}), mean});
  draft.output(
      draft.add("y", FullyConnected{}, {all, draft.constant({4, 15}), draft.constant({4})}));
  draft.output(
      draft.add("z", ConvTranspose2d{}, {x, draft.constant({2, 2, 2, 12}), draft.constant({2})}));
  CHECK(count_movements(after(absorb_shuffles, draft)) == 0);
}

TEST_CASE("a shuffle between convolutions in groups is read by taps", "[rewrite]") {
  Draft draft;
  const auto made = grouped(draft, "made", draft.input({1, 4, 5, 6}), 16, 2);
  draft.output(grouped(draft, "y", depthwise(draft, "d", shuffle(draft, made, 2)), 6, 2));
  CHECK(text_after(absorb_shuffles, draft) ==
        "input %0 'x0': float32 1x4x5x6\n"
        "%3 'made': float32 1x4x5x16 = conv2d(%0, const 1 16x1x1x3, const 2 16) groups=2\n"
        "%6 'd': float32 1x2x3x16 = depthwise_conv2d(%3, const 4 3x3x16, const 5 16)\n"
        "%7 'y/taps': float32 1x2x6x8 = reshape(%6) shape=1x2x6x8\n"
        "%10 'y': float32 1x2x3x6 = conv2d(%7, const 8 6x1x2x4, const 9 6) window.stride_w=2 "
        "groups=2\n"
        "output %10\n");
}

TEST_CASE("taps widen filters, strides and padding", "[rewrite]") {
  Draft draft;
  const Window window{.stride_h = 2, .stride_w = 2, .pad_left = 1, .pad_bottom = 1, .pad_right = 2};
  const auto x = shuffle(draft, draft.input({2, 5, 6, 32}), 4);
  draft.output(grouped(draft, "y", x, 8, 2, window, 3));
  const graph::Graph graph = after(absorb_shuffles, draft);
  CHECK(count_movements(graph) == 0);
  const auto& op = *std::get_if<Conv2d>(&graph.nodes.back().op);
  CHECK(op.window ==
        Window{.stride_h = 2, .stride_w = 8, .pad_left = 4, .pad_bottom = 1, .pad_right = 8});
}

TEST_CASE("a filter with distances between its columns has no taps", "[rewrite]") {
  Draft draft;
  const auto x = shuffle(draft, draft.input({1, 5, 6, 32}), 4);
  draft.output(grouped(draft, "y", x, 8, 2, {.dilation_w = 2}, 3));
  CHECK(count_movements(after(absorb_shuffles, draft)) == 1);
}

TEST_CASE("a shuffle of uneven shares is filled with channels of zeros", "[rewrite]") {
  Draft draft;
  const auto made = grouped(draft, "made", draft.input({1, 4, 5, 6}), 18, 2);
  draft.output(grouped(draft, "y", depthwise(draft, "d", shuffle(draft, made, 2)), 6, 2));
  CHECK(text_after(absorb_shuffles, draft) ==
        "input %0 'x0': float32 1x4x5x6\n"
        "%3 'made': float32 1x4x5x20 = conv2d(%0, const 1 20x1x1x3, const 2 20) groups=2\n"
        "%6 'd': float32 1x2x3x20 = depthwise_conv2d(%3, const 4 3x3x20, const 5 20)\n"
        "%7 'y/taps': float32 1x2x6x10 = reshape(%6) shape=1x2x6x10\n"
        "%10 'y': float32 1x2x3x6 = conv2d(%7, const 8 6x1x2x5, const 9 6) window.stride_w=2 "
        "groups=2\n"
        "output %10\n");
}

TEST_CASE("a shuffle stays rather than that zeros cost more", "[rewrite]") {
  Draft draft;
  const auto made = grouped(draft, "made", draft.input({1, 4, 5, 6}), 10, 2);
  draft.output(grouped(draft, "y", shuffle(draft, made, 2), 4, 2));
  CHECK(count_movements(after(absorb_shuffles, draft)) == 1);
}

TEST_CASE("no channels of zeros are added to what others read", "[rewrite]") {
  Draft draft;
  const auto made = grouped(draft, "made", draft.input({1, 4, 5, 6}), 18, 2);
  draft.output(grouped(draft, "y", shuffle(draft, made, 2), 4, 2));
  draft.output(draft.add("z", Activate{{ActivationKind::Relu, 0, 0}}, {made}));
  CHECK(count_movements(after(absorb_shuffles, draft)) == 1);
}

TEST_CASE("a shuffle before an output goes into the layer that makes its input", "[rewrite]") {
  Draft draft;
  const auto made = grouped(draft, "made", draft.input({1, 4, 5, 6}), 12, 1);
  const auto active = draft.add("a", Unary{UnaryKind::Abs}, {depthwise(draft, "d", made)});
  draft.output(shuffle(draft, active, 3));
  const graph::Graph graph = after(absorb_shuffles, draft);
  CHECK(graph.nodes.size() == 3);
  CHECK(graph.value(graph.outputs[0]).spec.name == "merged");
}

TEST_CASE("a shuffle that no layer can take stays", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({1, 2, 3, 12});
  SECTION("between input and output") {
    draft.output(shuffle(draft, x, 3));
  }
  SECTION("before a softmax") {
    draft.output(draft.add("y", Softmax{3, 1}, {shuffle(draft, x, 3)}));
  }
  SECTION("before an addition") {
    draft.output(draft.add("y", Binary{}, {shuffle(draft, x, 3), draft.input({1, 2, 3, 12})}));
  }
  SECTION("added by a layer") {
    draft.output(draft.add("y", Conv2d{},
                           {draft.input({1, 2, 3, 2}), draft.constant({12, 1, 1, 2}),
                            draft.constant({12}), shuffle(draft, x, 3)}));
  }
  SECTION("behind a layer that adds") {
    const auto made = draft.add(
        "made", Conv2d{},
        {draft.input({1, 2, 3, 2}), draft.constant({12, 1, 1, 2}), draft.constant({12}), x});
    draft.output(shuffle(draft, made, 2));
  }
  SECTION("that is an output too") {
    const auto shuffled = shuffle(draft, x, 3);
    draft.output(shuffled);
    draft.output(grouped(draft, "y", shuffled, 5, 1));
  }
  CHECK(count_movements(after(absorb_shuffles, draft)) == 1);
}

TEST_CASE("shuffles that undo each other vanish", "[rewrite]") {
  Draft draft;
  const auto x = draft.add("a", Unary{UnaryKind::Abs}, {draft.input({1, 2, 3, 12})});
  const auto back = shuffle(draft, shuffle(draft, x, 3), 4);
  draft.output(draft.add("y", Softmax{3, 1}, {back}));
  CHECK(after(absorb_shuffles, draft).nodes.size() == 2);
}

TEST_CASE("channels for a layer are picked in ascending order", "[rewrite]") {
  Draft draft;
  const auto picked =
      draft.add("g", Gather{3}, {draft.input({1, 2, 3, 8}), draft.indices({7, 2, 3, 0})});
  draft.output(grouped(draft, "y", picked, 5, 1));
  const graph::Graph graph = after(absorb_shuffles, draft);
  const auto sorted = graph::constant_elements<std::int64_t>(graph, graph.nodes[0].inputs[1]);
  CHECK(std::ranges::equal(sorted, std::array<std::int64_t, 4>{0, 2, 3, 7}));
}

TEST_CASE("channels that are neighbours in another order are a slice", "[rewrite]") {
  Draft draft;
  const auto picked =
      draft.add("g", Gather{3}, {draft.input({1, 2, 3, 8}), draft.indices({4, 2, 3})});
  draft.output(grouped(draft, "y", picked, 5, 1));
  const graph::Graph graph = after(absorb_shuffles, draft);
  CHECK(std::holds_alternative<Slice>(graph.nodes[0].op));
}

TEST_CASE("channels that are picked twice stay", "[rewrite]") {
  Draft draft;
  const auto picked =
      draft.add("g", Gather{3}, {draft.input({1, 2, 3, 8}), draft.indices({4, 2, 2, 0})});
  draft.output(grouped(draft, "y", picked, 5, 1));
  CHECK(count_movements(after(absorb_shuffles, draft)) == 1);
}

}  // namespace tilewright::rewriting::tests
