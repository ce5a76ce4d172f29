// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "lib/graph/whole_slice.h"
#include "lib/lowering.h"
#include "lib/rewrite/rewrite.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

using graph::ValueId;

ValueId pointwise(Draft& draft, std::string name, ValueId x, std::int64_t outputs) {
  return draft.add(
      std::move(name), Conv2d{},
      {x, draft.constant({outputs, 1, 1, draft.shape(x)[3]}), draft.constant({outputs})});
}

ValueId channels_of(Draft& draft, std::string name, ValueId x, std::int64_t begin,
                    std::int64_t size, std::int64_t step = 1) {
  Slice slice = graph::whole_slice(draft.shape(x));
  slice.begin[3] = begin, slice.size[3] = size, slice.step[3] = step;
  return draft.add(std::move(name), slice, {x});
}

ValueId shuffle(Draft& draft, ValueId x) {
  const Shape s = draft.shape(x);
  const auto split = draft.add("split", Reshape{{s[0], s[1], s[2], 2, s[3] / 2}}, {x});
  const auto moved = draft.add("moved", Transpose{{0, 1, 2, 4, 3}}, {split});
  return draft.add("merged", Reshape{s}, {moved});
}

enum class Style : std::uint8_t { HalvesOfShuffle, EveryOther };

/// What passes on and what layers read, of a concat.
struct Halves {
  ValueId passed, read;
};

Halves halves(Draft& draft, ValueId whole, Style style) {
  const std::int64_t half = draft.shape(whole)[3] / 2;
  if (style == Style::EveryOther)
    return {channels_of(draft, "even", whole, 0, half, 2),
            channels_of(draft, "odd", whole, 1, half, 2)};
  const ValueId shuffled = shuffle(draft, whole);
  return {channels_of(draft, "first", shuffled, 0, half),
          channels_of(draft, "second", shuffled, half, half)};
}

/// A stage of ShuffleNet v2 with `units` units of 2 * `half` channels; returns its concat.
ValueId stage(Draft& draft, int units, std::int64_t half, Style style) {
  const ValueId x = draft.input({1, 3, 2, 5});
  ValueId whole = draft.add(
      "concat", Concat{3}, {pointwise(draft, "left", x, half), pointwise(draft, "right", x, half)});
  for (int unit = 0; unit < units; ++unit) {
    const auto [passed, read] = halves(draft, whole, style);
    const ValueId made = pointwise(draft, "made", pointwise(draft, "inner", read, half), half);
    whole = draft.add("concat", Concat{3}, {passed, made});
  }
  return whole;
}

std::int64_t copies(const graph::Graph& graph) {
  return count_copies(lower(graph));
}

}  // namespace

TEST_CASE("what a layer reads of shuffled channels becomes a range of the concat", "[rewrite]") {
  Draft draft;
  draft.output(pointwise(draft, "y", stage(draft, 1, 8, Style::HalvesOfShuffle), 6));
  const graph::Graph graph = after(order_concats, draft);
  CHECK(graph::print(graph) ==
        "input %0 'x0': float32 1x3x2x5\n"
        "%3 'left': float32 1x3x2x8 = conv2d(%0, const 1 8x1x1x5, const 2 8)\n"
        "%6 'right': float32 1x3x2x8 = conv2d(%0, const 4 8x1x1x5, const 5 8)\n"
        "%7 'concat': float32 1x3x2x16 = concat(%3, %6) axis=3\n"
        "%8 'second': float32 1x3x2x8 = slice(%7) begin=[0,0,0,4] size=[1,3,2,8] step=[1,1,1,1]\n"
        "%11 'inner': float32 1x3x2x8 = conv2d(%8, const 9 8x1x1x8, const 10 8)\n"
        "%14 'made': float32 1x3x2x8 = conv2d(%11, const 12 8x1x1x8, const 13 8)\n"
        "%16 'first': float32 1x3x2x8 = gather(%7, const 15 int64 8) axis=3\n"
        "%17 'concat': float32 1x3x2x16 = concat(%16, %14) axis=3\n"
        "%20 'y': float32 1x3x2x6 = conv2d(%17, const 18 6x1x1x16, const 19 6)\n"
        "output %20\n");
  const auto channels = graph::constant_elements<std::int64_t>(graph, graph::ValueId{15});
  constexpr std::array<std::int64_t, 8> kBothEnds = {0, 12, 1, 13, 2, 14, 3, 15};
  CHECK(std::ranges::equal(channels, kBothEnds));
}

TEST_CASE("of each unit of a stage, one copy is left", "[rewrite]") {
  for (const Style style : {Style::HalvesOfShuffle, Style::EveryOther}) {
    for (const std::int64_t half : {6, 8, 24}) {
      Draft draft;
      constexpr int kUnits = 5;
      draft.output(pointwise(draft, "y", shuffle(draft, stage(draft, kUnits, half, style)), 3));
      const auto rewritten = rewrite(draft.graph());
      REQUIRE(rewritten);
      CHECK(graph::tests::first_difference(draft.graph(), *rewritten, 3) == "");
      CHECK(copies(draft.graph()) == 2 * kUnits + 1);
      CHECK(copies(*rewritten) == kUnits);
    }
  }
}

TEST_CASE("a concat stays as it is where its channels have to", "[rewrite]") {
  Draft draft;
  const ValueId x = draft.input({1, 3, 2, 5});
  const ValueId left = pointwise(draft, "left", x, 8);
  const ValueId right = pointwise(draft, "right", x, 8);
  const ValueId whole = draft.add("concat", Concat{3}, {left, right});
  SECTION("it is read as a whole") {
    const auto [passed, read] = halves(draft, whole, Style::HalvesOfShuffle);
    draft.output(pointwise(draft, "y", read, 4));
    draft.output(draft.add("n", Unary{UnaryKind::Neg}, {passed}));
    draft.output(draft.add("z", Softmax{3, 1}, {whole}));
  }
  SECTION("the other part is a view") {
    draft.output(pointwise(draft, "y", channels_of(draft, "odd", whole, 1, 8, 2), 4));
    draft.output(draft.add("n", Unary{UnaryKind::Neg}, {channels_of(draft, "v", whole, 0, 8)}));
  }
  SECTION("an input is read by others") {
    const auto [passed, read] = halves(draft, whole, Style::HalvesOfShuffle);
    draft.output(pointwise(draft, "y", read, 4));
    draft.output(draft.add("n", Unary{UnaryKind::Neg}, {passed}));
    draft.output(draft.add("z", Softmax{3, 1}, {right}));
  }
  SECTION("no layer reads a part") {
    const auto [passed, read] = halves(draft, whole, Style::HalvesOfShuffle);
    draft.output(draft.add("y", Softmax{3, 1}, {read}));
    draft.output(draft.add("n", Unary{UnaryKind::Neg}, {passed}));
  }
  const std::int64_t before = copies(draft.graph());
  const graph::Graph graph = after(order_concats, draft);
  CHECK(copies(graph) == before);
  CHECK(graph::print(graph) == [&] {
    graph::Graph tidied = draft.graph();
    graph::tidy(tidied);
    return graph::print(tidied);
  }());
}

}  // namespace tilewright::rewriting::tests
