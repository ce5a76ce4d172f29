// SPDX-License-Identifier: Apache-2.0
// The arena search against exhaustion.
#include <algorithm>
#include <numeric>
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/arena/arena_exact.h"
#include "scheduler/arena/arena_plan.h"
#include "scheduler/arena/arena_tflite.h"
#include "tests/scheduler/arena_oracle.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

int between(std::mt19937& engine, int min, int max) {
  return min + static_cast<int>(engine() % static_cast<std::uint32_t>(max - min + 1));
}

/// Blocks of up to three pieces; of one piece and any size if they stand for scratch.
ArenaProblem random_arena(std::uint32_t seed, int max_blocks, int max_steps = 7) {
  std::mt19937 engine(seed);
  ArenaProblem arena{between(engine, 0, 1) == 0 ? 1 : 4, between(engine, 1, max_steps), {}};
  const int blocks = between(engine, 1, max_blocks);
  const auto steps = static_cast<int>(arena.steps);
  for (int i = 0; i < blocks; ++i) {
    ArenaBlock block;
    if (between(engine, 0, 5) == 0) {
      const int step = between(engine, 0, steps - 1);
      block.pieces.push_back({step, step + 1, between(engine, 1, 9)});
    } else {
      int begin = between(engine, 0, steps - 1);
      for (int piece = between(engine, 1, 3); piece > 0 && begin < steps; --piece) {
        const int end = between(engine, begin + 1, steps);
        const std::int64_t bytes = between(engine, 1, 6) * arena.alignment_bytes;
        block.pieces.push_back({begin, end, bytes});
        begin = end;
      }
    }
    arena.blocks.push_back(block);
  }
  return arena;
}

std::vector<BlockShape> shapes(const ArenaProblem& arena) {
  std::vector<BlockShape> result;
  for (const ArenaBlock& block : arena.blocks) {
    BlockShape shape(static_cast<std::size_t>(arena.steps), 0);
    for (const BlockPiece& piece : block.pieces) {
      for (std::int64_t step = piece.begin; step < piece.end; ++step) {
        shape[static_cast<std::size_t>(step)] = piece.bytes;
      }
    }
    result.push_back(shape);
  }
  return result;
}

void require_no_overlap(const ArenaProblem& arena, const ArenaResult& result) {
  const std::vector<BlockShape> blocks = shapes(arena);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    REQUIRE(result.offsets[i] % arena.alignment_bytes == 0);
    for (std::size_t j = 0; j < i; ++j) {
      for (std::size_t step = 0; step < blocks[i].size(); ++step) {
        if (blocks[i][step] == 0 || blocks[j][step] == 0) continue;
        const bool apart = result.offsets[i] + blocks[i][step] <= result.offsets[j] ||
                           result.offsets[j] + blocks[j][step] <= result.offsets[i];
        REQUIRE(apart);
      }
    }
  }
}

TEST_CASE("the arena found is the smallest of all placements", "[scheduler]") {
  int above_load = 0;
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    const ArenaProblem arena = random_arena(seed, 7);
    const ArenaResult found = minimise_arena(arena, {}, {});
    require_no_overlap(arena, found);
    REQUIRE(found.arena_bytes == arena_height(arena, found.offsets));
    REQUIRE(found.arena_bytes == least_height(shapes(arena), arena.alignment_bytes));
    REQUIRE(found.lower_bound_bytes == found.arena_bytes);
    above_load += found.arena_bytes > load_bytes(arena) ? 1 : 0;
  }
  REQUIRE(above_load > 30);
}

TEST_CASE("the arena found does not depend on which rules are on", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    const ArenaProblem arena = random_arena(seed + 10'000, 6);
    const std::int64_t bytes = minimise_arena(arena, {}, {}).arena_bytes;
    for (int switches = 0; switches < 32; ++switches) {
      CAPTURE(switches);
      const ArenaRules rules = {.floors = (switches & 1) != 0,
                                .holes = (switches & 2) != 0,
                                .twins = (switches & 4) != 0,
                                .splits = (switches & 8) != 0,
                                .nogoods = (switches & 16) != 0};
      const ArenaResult found = minimise_arena(arena, {.max_nodes = 5'000'000}, rules);
      REQUIRE(found.arena_bytes == bytes);
      REQUIRE(found.lower_bound_bytes == bytes);
    }
  }
}

TEST_CASE("every target is answered alike by every strategy", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    const ArenaProblem arena = random_arena(seed + 20'000, 8);
    for (const ArenaPart& part : arena_parts(arena)) {
      std::vector<BlockShape> blocks;
      for (const PartBlock& block : part.blocks)
        blocks.push_back(shapes(arena)[block.source]);
      const std::int64_t least = least_height(blocks, arena.alignment_bytes);
      for (std::uint32_t run = 0; run < 30; ++run) {
        const ArenaStrategy strategy = arena_strategy(run);
        const FitLimits limits{.max_nodes = 1'000'000};
        REQUIRE(fit_part(part, least, strategy, limits, {}).fit == Fit::Fits);
        REQUIRE(fit_part(part, least - 1, strategy, limits, {}).fit == Fit::Impossible);
      }
    }
  }
}

/// Cuts the rectangle [begin, end) x `bytes` into blocks that fill it without a gap.
void cut(std::mt19937& engine, std::int64_t begin, std::int64_t end, std::int64_t bytes, int cuts,
         ArenaProblem& arena) {
  if (cuts == 0 || (end - begin < 2 && bytes < 2)) {
    arena.blocks.push_back({{{begin, end, bytes}}, {}, std::nullopt});
    return;
  }
  const bool in_time = bytes < 2 || (end - begin > 1 && engine() % 2 == 0);
  if (in_time) {
    const std::int64_t middle =
        begin + 1 +
        static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(end - begin - 1));
    cut(engine, begin, middle, bytes, cuts - 1, arena);
    cut(engine, middle, end, bytes, cuts - 1, arena);
  } else {
    const std::int64_t part =
        1 + static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(bytes - 1));
    cut(engine, begin, end, part, cuts - 1, arena);
    cut(engine, begin, end, bytes - part, cuts - 1, arena);
  }
}

TEST_CASE("a perfect packing is found again", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    std::mt19937 engine(seed);
    ArenaProblem arena{1, 60, {}};
    cut(engine, 0, 60, 1000, 5, arena);
    const ArenaResult found = minimise_arena(arena, {}, {});
    require_no_overlap(arena, found);
    REQUIRE(found.arena_bytes == 1000);
  }
}

struct Remembered {
  int answers = 0;
  std::int64_t saved_nodes = 0;
};

/// Requires that all strategies answer alike with and without remembering.
void compare_remembering(const ArenaProblem& arena, Remembered& tally) {
  for (const ArenaPart& part : arena_parts(arena)) {
    for (std::int64_t capacity = part.load_bytes; capacity < part.load_bytes + 3; ++capacity) {
      for (std::uint32_t run = 0; run < 28; ++run) {
        CAPTURE(capacity, run);
        const FitLimits limits{.max_nodes = 3'000};
        const ArenaStrategy strategy = arena_strategy(run);
        const FitResult plain = fit_part(part, capacity, strategy, limits, {.nogoods = false});
        if (plain.fit == Fit::Unknown) continue;
        const FitResult remembering = fit_part(part, capacity, strategy, limits, {});
        REQUIRE(remembering.fit == plain.fit);
        tally.saved_nodes += plain.nodes - remembering.nodes;
        ++tally.answers;
      }
    }
  }
}

TEST_CASE("remembering what was refuted changes no answer", "[scheduler]") {
  Remembered tally;
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    compare_remembering(random_arena(seed + 30'000, 14), tally);
  }
  REQUIRE(tally.answers > 30'000);
  REQUIRE(tally.saved_nodes > 100'000);
}

TEST_CASE("what fits beside something that does not may come back", "[scheduler]") {
  Remembered tally;  // one of few arenas in which it does
  compare_remembering(random_arena(40'115, 12, 24), tally);
  REQUIRE(tally.answers > 10);
}

TEST_CASE("a search stopped by its limit keeps a placement and a bound", "[scheduler]") {
  std::mt19937 engine(1);
  ArenaProblem arena{1, 400, {}};
  cut(engine, 0, 400, 100'000, 9, arena);
  const ArenaResult found = minimise_arena(arena, {.max_nodes = 2'000}, {});
  require_no_overlap(arena, found);
  REQUIRE(found.nodes <= 2'000);
  REQUIRE(found.lower_bound_bytes <= 100'000);
  REQUIRE(found.arena_bytes >= 100'000);
}

TEST_CASE("the plan of an order is the smallest over all choices of in-place pairs",
          "[scheduler]") {
  int compared = 0;
  int proven = 0;
  for (std::uint32_t seed = 0; seed < 2500; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed, {.max_ops = 5, .unaligned = seed % 3 == 0});
    if (count_blocks(problem) > 7) continue;
    const Dependencies lists = dependencies(problem);
    const std::vector<OpId> order = serialized_order(problem, lists);
    const ArenaPlan plan = plan_arena(problem, lists, order, {}, {});
    const std::int64_t least = least_arena_bytes(problem, order);
    ++compared;
    REQUIRE(plan.lower_bound_bytes <= least);
    REQUIRE(plan.arena_bytes >= least);
    if (plan.lower_bound_bytes == plan.arena_bytes) ++proven;
  }
  REQUIRE(compared > 500);
  REQUIRE(proven > compared * 99 / 100);
}

}  // namespace
}  // namespace tilewright::scheduler
