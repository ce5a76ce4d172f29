// SPDX-License-Identifier: Apache-2.0
// Tables of blocks, pinned blocks, and arenas planned by several threads.
#include "scheduler/arena/arena_file.h"

#include <algorithm>
#include <random>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "scheduler/arena/arena_exact.h"

namespace tilewright::scheduler {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string error_of(const std::string& text) {
  const auto file = read_arena_csv(text);
  return file ? "" : file.error().message;
}

/// Blocks of one piece, some of them pinned.
ArenaProblem random_blocks(std::uint32_t seed, int blocks, int pinned) {
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t count) {
    return static_cast<std::int64_t>(random() % count);
  };
  ArenaProblem arena{1, 6, {}};
  for (int i = 0; i < blocks; ++i) {
    const std::int64_t begin = below(6);
    const std::int64_t end = begin + 1 + below(static_cast<std::uint32_t>(6 - begin));
    ArenaBlock block{{{begin, end, 1 + below(4)}}, {}, {}, {}};
    if (i < pinned) block.pinned_offset = i * 5 + below(2);
    arena.blocks.push_back(block);
  }
  return arena;
}

/// Whether offsets from 0 up to `height` exist, by trying all.
bool fits(const ArenaProblem& arena, std::int64_t height, std::vector<std::int64_t>& offsets) {
  ArenaProblem placed{1, arena.steps, {}};
  placed.blocks.assign(arena.blocks.begin(),
                       arena.blocks.begin() + static_cast<std::ptrdiff_t>(offsets.size()));
  if (!validate_arena(placed, offsets, height)) return false;
  if (offsets.size() == arena.blocks.size()) return true;
  for (std::int64_t offset = 0; offset < height; ++offset) {
    offsets.push_back(offset);
    if (fits(arena, height, offsets)) return true;
    offsets.pop_back();
  }
  return false;
}

TEST_CASE("the arena around pinned blocks is the smallest", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const ArenaProblem arena = random_blocks(seed, 5, 1 + static_cast<int>(seed % 2));
    const ArenaResult found = minimise_arena(arena, {}, {});
    REQUIRE(validate_arena(arena, found.offsets, found.arena_bytes));
    REQUIRE(found.lower_bound_bytes == found.arena_bytes);
    std::vector<std::int64_t> offsets;
    REQUIRE_FALSE(fits(arena, found.arena_bytes - 1, offsets));
  }
}

TEST_CASE("several threads find the arena that one finds", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    ArenaProblem arena{1, 40, {}};
    for (int i = 0; i < 60; ++i) {
      const auto begin = static_cast<std::int64_t>(random() % 36);
      const auto steps = static_cast<std::int64_t>(1 + random() % 4);
      arena.blocks.push_back(
          {{{begin, begin + steps, 1 + static_cast<std::int64_t>(random() % 30)}}, {}, {}, {}});
    }
    const ArenaResult one = minimise_arena(arena, {.max_nodes = 20'000}, {});
    const ArenaResult four = minimise_arena(arena, {.max_nodes = 20'000, .threads = 4}, {});
    REQUIRE(one.offsets == four.offsets);
    REQUIRE(one.lower_bound_bytes == four.lower_bound_bytes);
    REQUIRE(one.nodes == four.nodes);
  }
}

TEST_CASE("a capacity that is enough ends the search, one that is too small is refuted",
          "[scheduler]") {
  const auto file = read_arena_csv("id,lower,upper,size\na,0,2,3\nb,1,3,3\nc,2,4,3\n");
  REQUIRE(file);
  REQUIRE(minimise_arena(file->arena, {.enough_bytes = 8}, {}).arena_bytes <= 8);
  REQUIRE(minimise_arena(file->arena, {.enough_bytes = 5}, {}).lower_bound_bytes == 6);
}

TEST_CASE("tables are read in any order of columns, with gaps in time", "[scheduler]") {
  const auto file = read_arena_csv(
      "size,id,upper,lower,offset\r\n8,first,1000,10,-1\r\n4,second,2000,1000,12\r\n");
  REQUIRE(file);
  REQUIRE(file->ids == std::vector<std::string>{"first", "second"});
  REQUIRE(file->arena.steps == 2);
  REQUIRE(file->arena.blocks[0].pieces == std::vector<BlockPiece>{{0, 1, 8}});
  REQUIRE_FALSE(file->arena.blocks[0].pinned_offset);
  REQUIRE(file->arena.blocks[1].pinned_offset == 12);
  REQUIRE(minimise_arena(file->arena, {}, {}).arena_bytes == 16);
}

TEST_CASE("tables that break the form are refused by line", "[scheduler]") {
  const std::string names = "id,lower,upper,size\n";
  CHECK_THAT(error_of(""), ContainsSubstring("line 1"));
  CHECK_THAT(error_of("id,lower,upper\n"), ContainsSubstring("got fewer"));
  CHECK_THAT(error_of("id,lower,upper,size,colour\n"), ContainsSubstring("line 1"));
  CHECK_THAT(error_of(names + "a,0,1\n"), ContainsSubstring("line 2: expected 4 fields"));
  CHECK_THAT(error_of(names + "a,0,1,x\n"), ContainsSubstring("whole number, got 'x'"));
  CHECK_THAT(error_of(names + "a,1,1,4\n"), ContainsSubstring("lower < upper"));
  CHECK_THAT(error_of(names + "a,0,1,-4\n"), ContainsSubstring("a size"));
  CHECK_THAT(error_of(names + "a,0,1,4\na,0,1,4\n"), ContainsSubstring("comes once"));
  CHECK_THAT(error_of("id,lower,upper,size,offset\na,0,2,4,0\nb,1,3,4,2\n"),
             ContainsSubstring("apart"));
}

}  // namespace
}  // namespace tilewright::scheduler
