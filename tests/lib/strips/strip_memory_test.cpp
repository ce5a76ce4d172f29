// SPDX-License-Identifier: Apache-2.0
// What strips save: plans computed by hand, and groups chosen for memory.
#include <catch2/catch_test_macros.hpp>

#include "kernels/registry.h"
#include "lib/scheduling_problem.h"
#include "runtime/flat_plan.h"
#include "scheduler/solve.h"
#include "tests/lib/network_run.h"
#include "tests/lib/strips/strip_programs.h"
#include "tests/runtime/allocation_count.h"

namespace tilewright::tests {
namespace {

/// The block by kernels without scratch that work row by row, so that bytes can be counted by hand.
ChosenProgram plain_block() {
  ChosenProgram block = inverted_residual(16, 16, 8, 6);
  for (std::size_t i = 0; i < block.program.ops.size(); ++i) {
    const ProgramOp& op = block.program.ops[i];
    const std::vector<TensorSpec> specs = src_specs(op);
    block.choices[i] = {kernels::reference({op.op, specs, op.dst.spec}), {}, 0};
  }
  return block;
}

std::int64_t arena_bytes(const Program& program, const std::vector<KernelChoice>& choices,
                         std::int32_t threads) {
  const auto solution =
      scheduler::solve(scheduling_problem(program, choices, {.threads = threads}));
  REQUIRE(solution);
  CHECK(solution->jointly_optimal);
  return solution->arena_bytes;
}

constexpr std::int64_t kImage = 16 * 16 * 8 * 4;
constexpr std::int64_t kWide = 6 * kImage;
constexpr std::int64_t kWideLine = kWide / 16;

graph::Graph block_graph() {
  rewriting::tests::Draft draft;
  graph::ValueId x = draft.input({1, 32, 32, 8});
  const Window window{.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
  for (const char* name : {"first", "second"}) {
    const graph::ValueId wide = draft.add(std::string(name) + "_expand", Conv2d{},
                                          {x, draft.constant({64, 1, 1, 8}), draft.constant({64})});
    const graph::ValueId filtered =
        draft.add(std::string(name) + "_depthwise", DepthwiseConv2d{window, {}},
                  {wide, draft.constant({3, 3, 64}), draft.constant({64})});
    x = draft.add(std::string(name) + "_project", Conv2d{},
                  {filtered, draft.constant({8, 1, 1, 64}), draft.constant({8})});
  }
  draft.output(x);
  return draft.graph();
}

}  // namespace

TEST_CASE("a block in strips needs what is computed by hand") {
  const auto [program, choices] = plain_block();
  // The depthwise convolution reads and writes a wide image while the block's input lives on.
  CHECK(arena_bytes(program, choices, 1) == kImage + 2 * kWide);
  // In strips of one line: three wide lines for the depthwise convolution, one that it makes.
  const StripGroup group{{0, 1, 2}, 16};
  const StripMemory memory = strip_memory(program, choices, group);
  CHECK(memory.removed_bytes == 2 * kWide);
  CHECK(memory.worker_scratch_bytes == 4 * kWideLine);
  const FusedProgram one = fuse(program, choices, {group});
  CHECK(one.program.storages.size() == 2);
  CHECK(arena_bytes(one.program, one.choices, 1) == 2 * kImage + 4 * kWideLine);
  // Two workers have strips of their own; strips of four lines need six and four.
  const FusedProgram four = fuse(program, choices, {{{0, 1, 2}, 4 * 16}});
  CHECK(arena_bytes(four.program, four.choices, 2) == 2 * kImage + 2 * 10 * kWideLine);
}

TEST_CASE("groups for memory fuse no more than the target asks, in strips no lower") {
  const auto [program, choices] = plain_block();
  CHECK(memory_groups(program, choices, 1, kImage + 2 * kWide).empty());
  const std::vector<StripGroup> least = memory_groups(program, choices, 1);
  REQUIRE(least.size() == 1);
  CHECK(least[0] == StripGroup{{0, 1, 2}, 16});
  const std::vector<StripGroup> enough =
      memory_groups(program, choices, 1, 2 * kImage + 10 * kWideLine);
  REQUIRE(enough.size() == 1);
  CHECK(enough[0] == StripGroup{{0, 1, 2}, 4 * 16});
}

TEST_CASE("fusion for memory lowers the arena and changes no bit") {
  const graph::Graph graph = block_graph();
  const Compilation off = compiled(graph, {.fusion = Fusion::Off});
  const Compilation memory = compiled(graph, {.fusion = Fusion::Memory});
  CHECK(memory.plan.requirements().arena_bytes < off.plan.requirements().arena_bytes / 2);
  CHECK(memory.program.ops.size() < off.program.ops.size());
  CHECK(memory.plan.requirements().packed_weight_bytes ==
        off.plan.requirements().packed_weight_bytes);
  const auto inputs = graph::tests::random_inputs(graph, 3);
  CHECK(outputs_of(memory.plan, inputs) == outputs_of(off.plan, inputs));
}

TEST_CASE("a successful run of strips allocates nothing, profiled or not, on any threads") {
  if (!can_count_allocations()) SKIP("a sanitizer has the heap");
  for (const std::int32_t threads : {1, 2}) {
    const Plan plan = compiled(block_graph(), {.threads = threads, .fusion = Fusion::Memory}).plan;
    REQUIRE(!plan.flat().steps.at(0).producers.empty());
    for (const bool profile : {false, true}) {
      CAPTURE(threads, profile);
      Session session = session_of(plan, {.profile = profile});
      const std::int64_t before = allocation_count();
      const bool done = session.run().has_value() && session.run().has_value();
      const std::int64_t after = allocation_count();
      CHECK(done);
      CHECK(after == before);
    }
  }
}

}  // namespace tilewright::tests
