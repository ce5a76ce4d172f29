// SPDX-License-Identifier: Apache-2.0
// What the planner proves, in how many states and milliseconds: the tables of docs/planning.md.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "bench/planner/cell_networks.h"
#include "bench/planner/random_wired.h"
#include "scheduler/cost.h"
#include "scheduler/order/order_baselines.h"
#include "scheduler/order/order_search.h"
#include "scheduler/problem_file.h"

namespace tilewright::bench {
namespace {

using scheduler::OrderResult;
using scheduler::Problem;

constexpr int kRepetitions = 3;

struct Row {
  std::string name;
  std::size_t ops = 0;
  std::int64_t given_bytes = 0;
  OrderResult found = {};
  double least_ms = std::numeric_limits<double>::max();
};

std::vector<std::int32_t> given_order(const Problem& problem,
                                      const scheduler::Dependencies& lists) {
  std::vector<std::int32_t> order;
  for (const scheduler::OpId id : serialized_order(problem, lists)) {
    order.push_back(static_cast<std::int32_t>(index(id)));
  }
  return order;
}

/// The order of `problem` and the least time of `kRepetitions` searches for it.
Row measure(std::string name, const Problem& problem) {
  Row row{.name = std::move(name), .ops = problem.ops.size()};
  const scheduler::Dependencies lists = dependencies(problem);
  row.given_bytes = peak_bytes(problem, lists, serialized_order(problem, lists));
  for (int i = 0; i < kRepetitions; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    row.found = find_order(order_graph(problem, lists), given_order(problem, lists), {}, {});
    const std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - begin;
    row.least_ms = std::min(row.least_ms, elapsed.count());
  }
  return row;
}

void print(const Row& row) {
  std::printf("| %-20s | %4zu | %9lld | %9lld | %9lld | %-10s | %7lld | %8.1f |\n",
              row.name.c_str(), row.ops, static_cast<long long>(row.given_bytes),
              static_cast<long long>(row.found.peak_bytes),
              static_cast<long long>(row.found.lower_bound_bytes), to_string(row.found.status),
              static_cast<long long>(row.found.states), row.least_ms);
  std::fflush(stdout);
}

void print_header() {
  std::printf("| network | ops | given | peak | lower bound | status | states | ms |\n");
  std::printf("|---|---:|---:|---:|---:|---|---:|---:|\n");
}

void measure_cells() {
  print_header();
  for (const CellNetwork& network : kCellNetworks) {
    print(measure(network.name, cell_network(network)));
  }
}

void measure_wired(const RandomWiring& shape, std::uint32_t seeds) {
  print_header();
  std::vector<double> times;
  for (std::uint32_t seed = 0; seed < seeds; ++seed) {
    RandomWiring wiring = shape;
    wiring.seed = seed;
    const Row row =
        measure("wired_" + std::to_string(wiring.nodes) + "_seed_" + std::to_string(seed),
                random_wired(wiring));
    print(row);
    times.push_back(row.least_ms);
  }
  std::sort(times.begin(), times.end());
  std::printf("median %.1f ms, worst %.1f ms\n", times[times.size() / 2], times.back());
}

/// The peaks of all baselines and of the search.
void measure_baselines(const std::string& name, const Problem& problem, bool with_header) {
  const std::vector<scheduler::OrderBaseline> baselines = scheduler::order_baselines(problem);
  if (with_header) {
    std::string titles = "| network | least |";
    std::string line = "|---|---:|";
    for (const scheduler::OrderBaseline& baseline : baselines) {
      titles += " " + baseline.name + " |";
      line += "---:|";
    }
    std::printf("%s\n%s\n", titles.c_str(), line.c_str());
  }
  const scheduler::Dependencies lists = dependencies(problem);
  const OrderResult found =
      find_order(order_graph(problem, lists), given_order(problem, lists), {}, {});
  std::printf("| %s | %lld |", name.c_str(), static_cast<long long>(found.peak_bytes));
  for (const scheduler::OrderBaseline& baseline : baselines)
    std::printf(" %lld |", static_cast<long long>(baseline.peak_bytes));
  std::printf("\n");
  std::fflush(stdout);
}

void measure_all_baselines() {
  for (const CellNetwork& network : kCellNetworks) {
    measure_baselines(network.name, cell_network(network), &network == kCellNetworks.data());
  }
  for (std::uint32_t seed = 0; seed < 3; ++seed) {
    measure_baselines("wired_32_seed_" + std::to_string(seed), random_wired({.seed = seed}), false);
  }
}

struct WiredFamily {
  const char* name;
  RandomWiring shape;
  std::uint32_t seeds;
};

constexpr WiredFamily kWiredFamilies[] = {{"wired", {}, 30},
                                          {"wired-ops", {.detail = WiredDetail::Ops}, 30},
                                          {"wired-64", {.nodes = 64, .stages = 1}, 10}};

int print(const Problem& problem) {
  std::printf("%s\n", scheduler::write_problem(problem).c_str());
  return 0;
}

/// Prints the problem of a cell network, or of a family of random wirings and a seed, as JSON.
int print_problem(const std::string& name, const std::string& seed) {
  for (const CellNetwork& network : kCellNetworks) {
    if (name == network.name && seed.empty()) return print(cell_network(network));
  }
  const bool is_seed =
      !seed.empty() && seed.size() < 6 && seed.find_first_not_of("0123456789") == std::string::npos;
  for (const WiredFamily& family : kWiredFamilies) {
    if (name != family.name || !is_seed) continue;
    RandomWiring wiring = family.shape;
    wiring.seed = static_cast<std::uint32_t>(std::stoul(seed));
    return print(random_wired(wiring));
  }
  std::fprintf(
      stderr,
      "planner_bench problem: expected a cell network, or wired, wired-ops or wired-64 and "
      "a seed, got '%s' '%s'\n",
      name.c_str(), seed.c_str());
  return 2;
}

int main_program(const std::string& family) {
  for (const WiredFamily& wired : kWiredFamilies) {
    if (family != wired.name) continue;
    measure_wired(wired.shape, wired.seeds);
    return 0;
  }
  if (family == "cells") {
    measure_cells();
  } else if (family == "baselines") {
    measure_all_baselines();
  } else {
    std::fprintf(
        stderr,
        "planner_bench: expected cells, wired, wired-ops, wired-64 or baselines, got '%s'\n",
        family.c_str());
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  if (argc > 2 && std::string(argv[1]) == "problem") {
    return tilewright::bench::print_problem(argv[2], argc > 3 ? argv[3] : "");
  }
  return tilewright::bench::main_program(argc > 1 ? argv[1] : "cells");
}
