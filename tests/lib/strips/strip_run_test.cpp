// SPDX-License-Identifier: Apache-2.0
// Ops in strips give the bits of the ops one after the other.
#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include "lib/plan_builder.h"
#include "lib/scheduling_problem.h"
#include "runtime/executor.h"
#include "runtime/strip_steps.h"
#include "scheduler/solve.h"
#include "tests/kernels/guarded_buffer.h"
#include "tests/lib/int8_graphs.h"
#include "tests/lib/strips/strip_programs.h"

namespace tilewright::tests {
namespace {

using Bytes = std::vector<std::byte>;
using kernels::tests::GuardedBuffer;
using kernels::tests::Placement;

/// The output bytes of one run in `shares` pieces a step. The scratch of every step lies between
/// guard pages, and all memory but the inputs begins as NaN.
Bytes output_of(const Program& program, const std::vector<KernelChoice>& choices,
                std::int32_t shares, Placement placement) {
  const auto solution = scheduler::solve(scheduling_problem(program, choices, {.threads = shares}));
  REQUIRE(solution);
  const auto plan = build_plan(program, choices, *solution, shares);
  const GuardedBuffer arena(plan->arena_bytes, placement, kTensorAlignment);
  std::uint32_t state = 1;
  for (const runtime::PlanTensor& input : plan->inputs) {
    std::byte* const elements = arena.data() + input.offset_bytes;
    for (std::int64_t i = 0; i < input.spec.shape.elements(); ++i) {
      state = state * 1664525U + 1013904223U;
      const float number = static_cast<float>(state >> 8) / 8388608.0F - 1.0F;
      if (input.spec.dtype == DType::Float32) {
        reinterpret_cast<float*>(elements)[i] = number;
      } else {
        elements[i] = static_cast<std::byte>(state >> 24);
      }
    }
  }
  for (const runtime::Step& planned : plan->steps) {
    runtime::Step step = planned;
    step.sharing = {shares, 2 * shares, runtime::CutAxis::Rows};
    runtime::FlatPlan alone = *plan;
    alone.steps = {step};
    runtime::BoundSteps bound = runtime::bind(alone, {arena.data(), nullptr});
    const GuardedBuffer scratch(step.scratch_bytes * shares, placement, kTensorAlignment);
    bound.front().scratch = scratch.data();
    runtime::run_step(bound.front(), {});
    CHECK(scratch.surroundings_are_poisoned());
  }
  CHECK(arena.surroundings_are_poisoned());
  const runtime::PlanTensor& output = plan->outputs.front();
  const std::byte* begin = arena.data() + output.offset_bytes;
  return {begin, begin + output.spec.size_bytes()};
}

std::int64_t granule_of(const ProgramOp& op, const KernelChoice& choice) {
  const std::vector<TensorSpec> specs = src_specs(op);
  return choice.kernel->row_granule({op.op, specs, op.dst.spec}, *choice.kernel, choice.config);
}

/// Strips of 1, 2, 3, .. lines, up to all of them.
std::vector<std::int64_t> all_heights(const ProgramOp& op, const KernelChoice& choice) {
  const Shape& shape = op.dst.spec.shape;
  const std::int64_t rows = kernels::row_count(shape);
  const std::int64_t granule = granule_of(op, choice);
  std::vector<std::int64_t> heights;
  for (std::int64_t height = shape[2]; height < rows + shape[2]; height += shape[2])
    heights.push_back((height + granule - 1) / granule * granule);
  heights.erase(std::unique(heights.begin(), heights.end()), heights.end());
  return heights;
}

/// What reads strips, of those that a test must not miss.
std::string_view reader_name(const ProgramOp& op, const KernelChoice& choice) {
  if (choice.kernel->family == "winograd") return "winograd";
  if (std::holds_alternative<Softmax>(op.op)) return "softmax";
  if (std::holds_alternative<MatMul>(op.op)) return "matmul";
  if (std::holds_alternative<Resize2d>(op.op)) return "resize";
  if (std::holds_alternative<ConvTranspose2d>(op.op)) return "transposed";
  if (std::holds_alternative<Pad>(op.op)) return "pad";
  return "other";
}

}  // namespace

TEST_CASE("an int8 chain in strips gives the bits of its ops, in strips of bytes") {
  const auto [program, choices] = with_default_kernels(small_int8_network());
  const Bytes expected = output_of(program, choices, 1, Placement::AtBack);
  const auto chains = strip_chains(program, choices);
  REQUIRE(chains.size() == 1);
  const std::vector<std::size_t>& ops = chains.front();
  REQUIRE(ops.size() == 3);
  for (const std::int64_t rows : all_heights(program.ops.back(), choices.back())) {
    CAPTURE(rows);
    const FusedProgram fused = fuse(program, choices, {{ops, rows}});
    for (const std::int32_t shares : {1, 3})
      CHECK(output_of(fused.program, fused.choices, shares, Placement::AtBack) == expected);
    std::int64_t constants_bytes = 0;
    const runtime::Step step =
        make_step(fused.program.ops.front(), fused.choices.front(), 1, constants_bytes);
    const auto strips = runtime::strip_ops(step);
    REQUIRE(strips);
    const runtime::StripLayout layout = runtime::strip_layout(*strips);
    REQUIRE(layout.buffers.size() == 2);
    for (std::size_t p = 0; p < 2; ++p)
      CHECK(layout.buffers[p].row_bytes == program.ops[ops[p]].dst.spec.shape.last());
  }
}

TEST_CASE("random chains in strips of every height give the bits of their ops, on any threads") {
  std::size_t groups = 0;
  std::map<std::string_view, std::size_t> readers;
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    const auto [program, choices] = random_chain(seed);
    const Bytes expected = output_of(program, choices, 1, Placement::AtBack);
    for (const std::vector<std::size_t>& chain : strip_chains(program, choices)) {
      const std::size_t count = std::min<std::size_t>(chain.size(), kMaxGroupOps);
      const std::size_t first = seed % (chain.size() - count + 1);
      const auto begin = chain.begin() + static_cast<std::ptrdiff_t>(first);
      const std::vector<std::size_t> ops{begin, begin + static_cast<std::ptrdiff_t>(count)};
      const std::size_t last = ops.back();
      for (std::size_t i = 1; i < count; ++i)
        ++readers[reader_name(program.ops[ops[i]], choices[ops[i]])];
      for (const std::int64_t rows : all_heights(program.ops[last], choices[last])) {
        CAPTURE(rows, program.ops[last].name, choices[last].kernel->name);
        const FusedProgram fused = fuse(program, choices, {{ops, rows}});
        REQUIRE(fused.program.ops.size() == program.ops.size() - ops.size() + 1);
        const auto shares = static_cast<std::int32_t>(rows % 3 + 1);
        const Placement placement = seed % 2 == 0 ? Placement::AtBack : Placement::AtFront;
        CHECK(output_of(fused.program, fused.choices, shares, placement) == expected);
        ++groups;
      }
    }
  }
  CHECK(groups > 500);
  for (const char* name : {"softmax", "matmul", "resize", "transposed", "pad", "winograd"}) {
    CAPTURE(name);
    CHECK(readers[name] > 10);
  }
}

TEST_CASE("a part of a chain of two ops gives the bits of its ops") {
  for (std::uint32_t seed = 200; seed <= 260; ++seed) {
    CAPTURE(seed);
    const auto [program, choices] = random_chain(seed);
    const Bytes expected = output_of(program, choices, 1, Placement::AtBack);
    for (const std::vector<std::size_t>& chain : strip_chains(program, choices)) {
      for (std::size_t first = 0; first + 1 < chain.size(); ++first) {
        const std::vector<std::size_t> ops{chain[first], chain[first + 1]};
        const std::vector<std::int64_t> heights = all_heights(program.ops[ops[1]], choices[ops[1]]);
        for (const std::int64_t rows : {heights.front(), heights[heights.size() / 2]}) {
          const FusedProgram fused = fuse(program, choices, {{ops, rows}});
          for (const std::int32_t shares : {1, 2, 3})
            CHECK(output_of(fused.program, fused.choices, shares, Placement::AtBack) == expected);
        }
      }
    }
  }
}

}  // namespace tilewright::tests
