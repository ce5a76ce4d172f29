// SPDX-License-Identifier: Apache-2.0
// Addresses: whatever fits has some, and the judge accepts them.
#include "scheduler/traffic/sliding_places.h"

#include <catch2/catch_test_macros.hpp>

#include "scheduler/traffic/traffic_order.h"
#include "tests/scheduler/traffic/random_traffic.h"

namespace tilewright::scheduler {
namespace {

std::vector<OpId> given_order(const Problem& problem) {
  return serialized_order(problem, dependencies(problem));
}

// solve_traffic_order lets the judge replay each plan and refuses what it refuses.
TEST_CASE("storages that slide have places for all that fits", "[scheduler][traffic]") {
  int solved = 0;
  int with_moves = 0;
  for (std::uint32_t seed = 0; seed < 1500; ++seed) {
    CAPTURE(seed);
    const Problem problem =
        random_traffic(seed + 20'000, {.min_ops = 3, .max_ops = 14, .max_units = 6});
    const auto sliding =
        solve_traffic_order(problem, given_order(problem), {.placement = {.max_arena_nodes = -1}});
    if (!sliding) {
      INFO(sliding.error().message);
      REQUIRE(sliding.error().code == ErrorCode::Infeasible);
      continue;
    }
    const auto searched = solve_traffic_order(problem, given_order(problem));
    REQUIRE(searched);
    REQUIRE(sliding->total_bytes() == searched->total_bytes());
    REQUIRE(searched->moved_bytes <= sliding->moved_bytes);
    ++solved;
    with_moves += sliding->moved_bytes > 0 ? 1 : 0;
  }
  CAPTURE(solved, with_moves);
  CHECK(solved > 800);
  CHECK(with_moves > 100);
}

// 3 units: a and b stay across the third op, c dies. d needs 2 units side by side.
TEST_CASE("what lies in the way of a new storage slides down", "[scheduler][traffic]") {
  Problem problem;
  problem.alignment_bytes = 1;
  const auto storage = [&](std::int64_t bytes, bool output) {
    problem.storages.push_back({.name = {}, .bytes = bytes, .output = output});
    return storage_id(problem.storages.size() - 1);
  };
  const StorageId c = storage(1, false);
  const StorageId a = storage(1, false);
  const StorageId d = storage(2, true);
  problem.ops = {{.name = "c", .reads = {}, .writes = {c}},
                 {.name = "a", .reads = {c}, .writes = {a}},
                 {.name = "d", .reads = {}, .writes = {d}},
                 {.name = "end", .reads = {a, d}, .writes = {}}};
  problem.banks = {{"fast", 3, 1, 1, 1}, {"external", 100, 1, 1, 1}};
  const auto line = timeline(problem, dependencies(problem), given_order(problem));
  REQUIRE(line);
  KeptUnits all;
  for (const Gap& gap : line->gaps)
    all.push_back(line->items[static_cast<std::size_t>(gap.item)].units);
  const std::vector<std::int64_t> working(static_cast<std::size_t>(line->moments), 0);
  const SlidingPlaces places = slide_places(*line, all, given_order(problem), working, 3);
  REQUIRE(places.pieces.size() >= 3);
  for (const FastPiece& piece : places.pieces) {
    CHECK(piece.offset >= 0);
    CHECK(piece.offset + piece.bytes <= 3);
  }
  CHECK(places.moved_bytes == (places.moves.empty() ? 0 : 1));
}

}  // namespace
}  // namespace tilewright::scheduler
