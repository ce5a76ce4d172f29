// SPDX-License-Identifier: Apache-2.0
// Which ops can run as one.
#include <catch2/catch_test_macros.hpp>

#include "lib/strip_trial.h"
#include "tests/lib/network_run.h"
#include "tests/lib/strips/strip_programs.h"

namespace tilewright::tests {
namespace {

using graph::ValueId;
using rewriting::tests::Draft;
using Chains = std::vector<std::vector<std::size_t>>;

Chains chains_of(const Draft& draft) {
  const auto [program, choices] = with_default_kernels(draft.graph());
  return strip_chains(program, choices);
}

}  // namespace

TEST_CASE("an inverted residual block is one chain, fused as one op under the names of all") {
  const auto [program, choices] = inverted_residual(14, 14, 16, 6);
  CHECK(strip_chains(program, choices) == Chains{{0, 1, 2}});
  const FusedProgram fused = fuse(program, choices, {{{0, 1, 2}, 28}});
  REQUIRE(fused.program.ops.size() == 1);
  CHECK(fused.program.ops[0].name == "expand + depthwise + project");
  CHECK(fused.program.ops[0].producers.size() == 2);
  CHECK(fused.choices[0].producers[1].kernel == choices[1].kernel);
  CHECK(fused.choices[0].kernel == choices[2].kernel);
  const FusedProgram pair = fuse(program, choices, {{{1, 2}, 28}});
  REQUIRE(pair.program.ops.size() == 2);
  CHECK(pair.program.ops[1].name == "depthwise + project");
  CHECK(pair.program.ops[1].producers[0].src[0].place.storage ==
        pair.program.ops[0].dst.place.storage);
}

TEST_CASE("a tensor that two ops read, or that leaves the network, is never a strip") {
  Draft twice;
  const ValueId x = twice.input({1, 8, 8, 4});
  const ValueId a = twice.add("a", Unary{UnaryKind::Exp}, {x});
  const ValueId b = twice.add("b", Unary{UnaryKind::Neg}, {a});
  twice.output(twice.add("sum", Binary{BinaryKind::Add, {}}, {a, b}));
  CHECK(chains_of(twice) == Chains{{1, 2}});
  Draft leaves;
  const ValueId y = leaves.add("y", Unary{UnaryKind::Exp}, {leaves.input({1, 8, 8, 4})});
  leaves.output(leaves.add("z", Unary{UnaryKind::Neg}, {y}));
  leaves.output(y);
  CHECK(chains_of(leaves).empty());
}

TEST_CASE("what needs all of a tensor, or a part of a larger one, reads no strips") {
  Draft mean;
  const ValueId x = mean.add("x", Unary{UnaryKind::Exp}, {mean.input({1, 8, 8, 4})});
  mean.output(mean.add("mean", Reduce{ReduceKind::Mean, 0b0110, true}, {x}));
  CHECK(chains_of(mean).empty());
  Draft joined;
  const ValueId in = joined.input({1, 8, 8, 4});
  const ValueId left = joined.add("left", Unary{UnaryKind::Exp}, {in});
  const ValueId right = joined.add("right", Unary{UnaryKind::Neg}, {in});
  const ValueId both = joined.add("both", Concat{3}, {left, right});
  joined.output(joined.add("out", Unary{UnaryKind::Abs}, {both}));
  CHECK(chains_of(joined).empty());
}

TEST_CASE("strips are whole lines and granules, and at least two") {
  const auto [program, choices] = inverted_residual(14, 14, 16, 6);
  const std::vector<std::int64_t> heights = strip_heights(program.ops[2], choices[2]);
  REQUIRE(!heights.empty());
  const std::vector<TensorSpec> specs = src_specs(program.ops[2]);
  const kernels::Call call{program.ops[2].op, specs, program.ops[2].dst.spec};
  const std::int64_t granule =
      choices[2].kernel->row_granule(call, *choices[2].kernel, choices[2].config);
  for (const std::int64_t height : heights) {
    CHECK(height % granule == 0);
    CHECK(height >= 14);
    CHECK(height < 14 * 14);
  }
  const auto [tiny, tiny_choices] = inverted_residual(1, 3, 4, 2);
  CHECK(strip_heights(tiny.ops[2], tiny_choices[2]).empty());
}

TEST_CASE("a group and its ops apart are timed on the same work") {
  const auto [program, choices] = inverted_residual(28, 28, 16, 6);
  const Program part = part_of(program, {1, 2});
  CHECK(part.ops.size() == 2);
  CHECK(part.storages.size() == 4);  // the wide image, the filtered one, the residual, the output
  CHECK(part.storages[part.ops[0].src[0].place.storage].input);
  CHECK(part.storages[part.ops[1].dst.place.storage].output);
  const auto ratio = strip_log_ratio(program, choices, {{0, 1, 2}, 4 * 28}, {.blocks = 1});
  REQUIRE(ratio);
  CHECK(std::abs(ratio->log_ratio) < 3);
}

TEST_CASE("a group that writes a part of a larger tensor is timed in what it uses") {
  // Above the tensor that is pooled lies one of which the upper half is of others.
  Draft joined;
  const ValueId in = joined.input({1, 32, 16, 16});
  const ValueId first = joined.add("first", Unary{UnaryKind::Exp}, {in});
  const Window halves{.stride_h = 2, .stride_w = 2};
  const ValueId left =
      joined.add("left", Pool2d{.kernel_h = 2, .kernel_w = 2, .window = halves}, {first});
  const ValueId right = joined.input({1, 16, 8, 16});
  joined.output(joined.add("both", Concat{1}, {left, right}));
  const auto [program, choices] = with_default_kernels(joined.graph());
  REQUIRE(program.ops[1].name == "left");
  const ProgramStorage& both = program.storages[program.ops[1].dst.place.storage];
  REQUIRE(both.bytes > program.ops[1].dst.spec.size_bytes());
  CHECK(strip_log_ratio(program, choices, {{0, 1}, 32}, {.blocks = 1}));
}

}  // namespace tilewright::tests
