// SPDX-License-Identifier: Apache-2.0
// Memory limits that ops one after the other cannot meet, held against all ways to fuse.
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "lib/scheduling_problem.h"
#include "scheduler/solve.h"
#include "tests/lib/network_run.h"
#include "tests/lib/strips/strip_programs.h"

namespace tilewright::tests {
namespace {

using graph::ValueId;
using rewriting::tests::Draft;
using Groups = std::vector<StripGroup>;

/// A way to fuse and what it needs.
struct Way {
  std::size_t ops_in_strips = 0;
  std::int64_t arena_bytes = 0;
};

/// All sets of groups of one chain, from its op `first` on.
std::vector<Groups> ways_of_chain(const Compilation& off, const std::vector<std::size_t>& chain,
                                  std::size_t first) {
  if (first >= chain.size()) return {{}};
  std::vector<Groups> ways = ways_of_chain(off, chain, first + 1);
  for (std::size_t count = 2; count <= kMaxGroupOps && first + count <= chain.size(); ++count) {
    const auto begin = chain.begin() + static_cast<std::ptrdiff_t>(first);
    const std::vector<std::size_t> ops{begin, begin + static_cast<std::ptrdiff_t>(count)};
    for (const std::int64_t rows :
         strip_heights(off.program.ops[ops.back()], off.choices[ops.back()])) {
      for (const Groups& rest : ways_of_chain(off, chain, first + count)) {
        ways.push_back(rest);
        ways.back().push_back({ops, rows});
      }
    }
  }
  return ways;
}

std::vector<Way> all_ways(const Compilation& off) {
  std::vector<Groups> all{{}};
  for (const std::vector<std::size_t>& chain : strip_chains(off.program, off.choices)) {
    std::vector<Groups> longer;
    for (const Groups& way : ways_of_chain(off, chain, 0)) {
      for (Groups groups : all) {
        groups.insert(groups.end(), way.begin(), way.end());
        longer.push_back(std::move(groups));
      }
    }
    all = std::move(longer);
  }
  std::vector<Way> ways;
  for (const Groups& groups : all) {
    const FusedProgram fused = fuse(off.program, off.choices, groups);
    const auto solution = scheduler::solve(scheduling_problem(fused.program, fused.choices, {}));
    REQUIRE(solution);
    ways.push_back({0, solution->arena_bytes});
    for (const StripGroup& group : groups)
      ways.back().ops_in_strips += group.ops.size();
  }
  return ways;
}

std::size_t ops_in_strips(const Program& program) {
  std::size_t count = 0;
  for (const ProgramOp& op : program.ops)
    count += op.producers.empty() ? 0 : op.producers.size() + 1;
  return count;
}

/// 3 or 4 convolutions and depthwise convolutions, of which only the next op reads anything.
graph::Graph random_path(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto pick = [&](std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
  };
  Draft draft;
  ValueId x = draft.input({1, 2 * pick(6, 12), pick(8, 20), pick(8, 24)});
  const std::int64_t ops = pick(3, 4);
  for (std::int64_t i = 0; i < ops; ++i) {
    const std::string name = "op" + std::to_string(i);
    const std::int64_t channels = draft.shape(x).last();
    const Window window{.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
    if (pick(0, 1) == 0) {
      x = draft.add(name, DepthwiseConv2d{window, {}},
                    {x, draft.constant({3, 3, channels}), draft.constant({channels})});
    } else {
      const std::int64_t wide = pick(4, 64);
      x = draft.add(name, Conv2d{},
                    {x, draft.constant({wide, 1, 1, channels}), draft.constant({wide})});
    }
  }
  draft.output(x);
  return draft.graph();
}

/// Two inverted residual blocks: their input lives on beside them.
graph::Graph residual_blocks(std::int64_t extent) {
  Draft draft;
  ValueId x = draft.input({1, extent, extent, 8});
  const Window window{.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
  for (const char* name : {"a", "b"}) {
    const std::string prefix(name);
    const ValueId wide = draft.add(prefix + "_expand", Conv2d{},
                                   {x, draft.constant({48, 1, 1, 8}), draft.constant({48})});
    const ValueId filtered = draft.add(prefix + "_depthwise", DepthwiseConv2d{window, {}},
                                       {wide, draft.constant({3, 3, 48}), draft.constant({48})});
    x = draft.add(prefix + "_project", Conv2d{},
                  {filtered, draft.constant({8, 1, 1, 48}), draft.constant({8}), x});
  }
  draft.output(x);
  return draft.graph();
}

/// Compiles for the needs of some ways to fuse the fastest kernels, and for less than any, and
/// checks that a plan is found if one fits, and else only with slower kernels; if `is_path`, with
/// as few ops in strips as can be. How many plans of the fastest kernels were found in strips.
std::size_t check_limits(const graph::Graph& graph, bool is_path) {
  const CompileOptions untuned{.exact_arithmetic = true, .fusion = Fusion::Off};
  const Compilation off = compiled(graph, untuned);
  const std::vector<Way> ways = all_ways(off);
  std::set<std::int64_t> needs;
  for (const Way& way : ways)
    needs.insert(way.arena_bytes);
  const Model model(std::make_shared<const graph::Graph>(graph));
  const auto inputs = graph::tests::random_inputs(graph, 3);
  const auto expected = outputs_of(off.plan, inputs);
  std::vector<std::int64_t> limits{*needs.begin() - 1, *needs.begin()};
  std::size_t plans_in_strips = 0;
  const std::size_t stride = needs.size() / 5 + 1;
  std::size_t position = 0;
  for (const std::int64_t need : needs) {
    if (++position % stride == 0) limits.push_back(need);
  }
  for (const std::int64_t limit : limits) {
    CAPTURE(limit);
    std::size_t fewest = off.program.ops.size() + 1;
    for (const Way& way : ways) {
      if (way.arena_bytes <= limit) fewest = std::min(fewest, way.ops_in_strips);
    }
    CompileOptions options = untuned;
    options.memory_limit_bytes = limit;
    const bool fits_apart = compile(model, options).has_value();
    options.fusion = Fusion::Auto;
    const auto within = compile_in_detail(model, options);
    const bool fits_by_fastest = fits_apart || fewest <= off.program.ops.size();
    if (fits_by_fastest) CHECK(within.has_value());
    if (!within) continue;
    CHECK(within->plan.requirements().arena_bytes <= limit);
    REQUIRE(within->memory_fit);
    if (!fits_by_fastest) CHECK(within->memory_fit->slower_kernels > 0);
    if (within->memory_fit->slower_kernels > 0) continue;  // other kernels round differently
    const std::size_t count = ops_in_strips(within->program);
    if (fits_apart) CHECK(count == 0);
    if (!fits_apart && is_path) CHECK(count == fewest);
    if (!fits_apart) CHECK(outputs_of(within->plan, inputs) == expected);
    std::size_t reported = 0;
    for (const StripOutcome& strip : within->strips)
      reported += strip.is_chosen ? strip.group.ops.size() : 0;
    CHECK(reported == count);
    plans_in_strips += count > 0 ? 1 : 0;
  }
  return plans_in_strips;
}

}  // namespace

TEST_CASE("on paths a limit is met whenever some fusion meets it, by the fewest ops in strips") {
  std::size_t plans_in_strips = 0;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    plans_in_strips += check_limits(random_path(seed), true);
  }
  CHECK(plans_in_strips > 5);
}

TEST_CASE("with residual connections a limit is met whenever some fusion meets it") {
  for (const std::int64_t extent : {10, 16, 20})
    CHECK(check_limits(residual_blocks(extent), false) > 0);
}

}  // namespace tilewright::tests
