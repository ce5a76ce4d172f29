// SPDX-License-Identifier: Apache-2.0
// The order search against exhaustion: all small graphs, and many random ones. The cases tagged
// `[.slow]` are run by the label `slow`.
#include <algorithm>
#include <numeric>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/order/order_search.h"
#include "tests/scheduler/oracle.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

/// A graph whose edges lead from lower to higher nodes: the bit of edge (i, j) is `edge_bit`.
using Edges = std::uint32_t;

int edge_bit(int i, int j) {
  return j * (j - 1) / 2 + i;
}

/// Whether no other numbering of the nodes from causes to effects has a lower number.
bool is_first_of_its_kind(Edges edges, int nodes) {
  std::vector<int> place(static_cast<std::size_t>(nodes));
  std::iota(place.begin(), place.end(), 0);
  while (std::next_permutation(place.begin(), place.end())) {
    Edges image = 0;
    bool ascends = true;
    for (int j = 1; j < nodes && ascends; ++j) {
      for (int i = 0; i < j; ++i) {
        if ((edges >> edge_bit(i, j) & 1) == 0) continue;
        const int from = place[static_cast<std::size_t>(i)];
        const int to = place[static_cast<std::size_t>(j)];
        ascends = ascends && from < to;
        if (from < to) image |= Edges{1} << edge_bit(from, to);
      }
    }
    if (ascends && image < edges) return false;
  }
  return true;
}

/// One graph of each kind with `nodes` nodes.
std::vector<Edges> all_graphs(int nodes) {
  std::vector<Edges> graphs;
  for (Edges edges = 0; edges < Edges{1} << (nodes * (nodes - 1) / 2); ++edges) {
    if (is_first_of_its_kind(edges, nodes)) graphs.push_back(edges);
  }
  return graphs;
}

/// An op per node, which writes one storage that its successors read; those of the last are
/// outputs. The edges in `in_place` may be used so.
Problem problem_of(Edges edges, Edges in_place, int nodes) {
  Problem problem;
  problem.alignment_bytes = 1;
  for (int j = 0; j < nodes; ++j) {
    problem.storages.push_back({.name = "s", .output = true});
    Op op;
    op.writes = {storage_id(static_cast<std::size_t>(j))};
    for (int i = 0; i < j; ++i) {
      if ((edges >> edge_bit(i, j) & 1) == 0) continue;
      const StorageId read = storage_id(static_cast<std::size_t>(i));
      problem.storages[index(read)].output = false;
      op.reads.push_back(read);
      if ((in_place >> edge_bit(i, j) & 1) != 0) op.in_place.push_back({read, op.writes.front()});
    }
    problem.ops.push_back(op);
  }
  return problem;
}

/// Sets the sizes to the digits of `number` to base 3, plus one; false if it has more digits.
bool set_sizes(Problem& problem, int number) {
  for (Storage& storage : problem.storages) {
    storage.bytes = 1 + number % 3;
    number /= 3;
  }
  return number == 0;
}

OrderResult search(const Problem& problem) {
  const Dependencies lists = dependencies(problem);
  std::vector<std::int32_t> serialized;
  for (const OpId id : serialized_order(problem, lists))
    serialized.push_back(static_cast<std::int32_t>(index(id)));
  return find_order(order_graph(problem, lists), serialized, {}, {});
}

void check(const Problem& problem, const OrderResult& found) {
  const Oracle oracle(problem);
  const std::int64_t least = oracle.least_peak_bytes();
  const std::int64_t order_bytes = oracle.order_peak_bytes(op_ids(found.order));
  // Assertions by the million would take longer than the search.
  if (found.peak_bytes == least && found.lower_bound_bytes == least && order_bytes == least) return;
  FAIL("least " << least << ", peak " << found.peak_bytes << ", bound " << found.lower_bound_bytes
                << ", of the order " << order_bytes << ", " << to_string(found.status));
}

/// Checks all sizes from 1 to 3 of each storage; returns how many problems that were.
int check_sizes(Problem problem) {
  int count = 0;
  for (int number = 0; set_sizes(problem, number); ++number) {
    check(problem, search(problem));
    ++count;
  }
  return count;
}

TEST_CASE("there are as many graphs as there should be", "[scheduler]") {
  // The numbers of acyclic graphs with unlabelled nodes, https://oeis.org/A003087.
  REQUIRE(all_graphs(1).size() == 1);
  REQUIRE(all_graphs(2).size() == 2);
  REQUIRE(all_graphs(3).size() == 6);
  REQUIRE(all_graphs(4).size() == 31);
  REQUIRE(all_graphs(5).size() == 302);
}

TEST_CASE("all graphs of up to four ops with all in-place pairs get the least peak",
          "[scheduler]") {
  int count = 0;
  for (int nodes = 1; nodes <= 4; ++nodes) {
    for (const Edges edges : all_graphs(nodes)) {
      for (Edges in_place = edges;; in_place = (in_place - 1) & edges) {
        CAPTURE(nodes, edges, in_place);
        count += check_sizes(problem_of(edges, in_place, nodes));
        if (in_place == 0) break;
      }
    }
  }
  REQUIRE(count > 20'000);
}

TEST_CASE("all graphs of five ops get the least peak", "[scheduler]") {
  int count = 0;
  for (const Edges edges : all_graphs(5)) {
    CAPTURE(edges);
    count += check_sizes(problem_of(edges, edges, 5));
  }
  REQUIRE(count == 302 * 243);
}

void check_random(std::uint32_t first_seed, std::uint32_t count, const RandomShape& shape) {
  for (std::uint32_t i = 0; i < count; ++i) {
    CAPTURE(first_seed + i);
    const Problem problem = random_problem(first_seed + i, shape);
    check(problem, search(problem));
  }
}

TEST_CASE("a hundred thousand random problems get the least peak", "[scheduler]") {
  check_random(1'000'000, 100'000, {.max_ops = 6});
}

TEST_CASE("all graphs of six ops get the least peak", "[.slow]") {
  const std::vector<Edges> graphs = all_graphs(6);
  REQUIRE(graphs.size() == 5'984);
  for (const Edges edges : graphs) {
    CAPTURE(edges);
    check_sizes(problem_of(edges, 0, 6));
    check_sizes(problem_of(edges, edges, 6));
  }
}

TEST_CASE("a million random problems get the least peak", "[.slow]") {
  check_random(2'000'000, 500'000, {.min_ops = 3, .max_ops = 8});
  check_random(3'000'000, 500'000, {.min_ops = 5, .max_ops = 9, .unaligned = true});
}

}  // namespace
}  // namespace tilewright::scheduler
