// SPDX-License-Identifier: Apache-2.0
// External traffic of networks beside the baselines: the tables of docs/planning.md.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <vector>

#include "bench/planner/cell_networks.h"
#include "bench/planner/network_builder.h"
#include "bench/planner/random_wired.h"
#include "bench/planner/traffic_networks.h"
#include "scheduler/solve.h"
#include "scheduler/traffic/fast_need.h"
#include "scheduler/traffic/solve_traffic.h"

namespace tilewright::bench {
namespace {

using scheduler::Problem;
using scheduler::TrafficSolution;

struct Network {
  std::string name;
  Problem problem;
};

std::vector<Network> networks() {
  std::vector<Network> result;
  for (const CellNetwork& cells : kCellNetworks)
    result.push_back({cells.name, cell_network(cells)});
  for (std::uint32_t seed = 0; seed < 3; ++seed)
    result.push_back({"wired_32_seed_" + std::to_string(seed), random_wired({.seed = seed})});
  result.push_back({"densenet121", densenet121(AddInPlace::Yes)});
  result.push_back({"unet_160", unet(160, 16)});
  result.push_back({"mobilenet_v2", mobilenet_v2()});
  return result;
}

/// Sizes between what the fullest op uses and what a plan without avoidable traffic needs.
std::vector<std::int64_t> sizes(const Problem& problem) {
  const std::int64_t least = scheduler::fast_need(problem).bytes;
  const auto solution = scheduler::solve(problem);
  const std::int64_t enough = solution ? solution->peak_lower_bound_bytes : least;
  std::vector<std::int64_t> result = {least, (least + enough) / 2 / 64 * 64, enough - 64,
                                      512 * 1024};
  std::erase_if(result, [&](std::int64_t bytes) { return bytes < least || bytes >= enough; });
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

/// Ratios of avoidable bytes; a plan without any counts as one unit.
struct Ratios {
  double log_sum = 0;
  double large_log_sum = 0;  // where more than a unit is short
  int count = 0;
  int large_count = 0;
  int worse = 0;
  int proven = 0;
};

void measure(const Network& network, std::int64_t fast_bytes, Ratios& ratios) {
  const Problem problem = with_fast_bank(network.problem, fast_bytes);
  const std::clock_t begin = std::clock();
  const auto solution = scheduler::solve_traffic(problem);
  const double used_ms = 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const auto baselines = scheduler::traffic_baselines(problem);
  if (!solution || !baselines) {
    std::printf("| %s | %lld | %s |\n", network.name.c_str(), static_cast<long long>(fast_bytes),
                (!solution ? solution.error() : baselines.error()).message.c_str());
    return;
  }
  const std::int64_t compulsory = solution->weights.compulsory + solution->activations.compulsory;
  const std::int64_t ours = solution->total_bytes() - compulsory;
  std::int64_t best = std::int64_t{1} << 62;
  std::printf("| %-18s | %8lld | %9lld |", network.name.c_str(), static_cast<long long>(fast_bytes),
              static_cast<long long>(compulsory));
  for (const char* name : {"belady_tensor", "belady_byte", "lifetime_pinning", "greedy_banks"}) {
    const std::int64_t avoidable = baselines->at(name) - compulsory;
    best = std::min(best, avoidable);
    std::printf(" %9lld |", static_cast<long long>(avoidable));
  }
  const double ratio = static_cast<double>(std::max<std::int64_t>(best, 64)) /
                       static_cast<double>(std::max<std::int64_t>(ours, 64));
  std::printf(" %9lld | %9lld | %-7s | %5.2f | %7.0f |\n", static_cast<long long>(ours),
              static_cast<long long>(solution->lower_bound_bytes - compulsory),
              to_string(solution->status), ratio, used_ms);
  std::fflush(stdout);
  ratios.log_sum += std::log(ratio);
  ++ratios.count;
  if (ours > 2 * kNetworkAlignmentBytes) {
    ratios.large_log_sum += std::log(ratio);
    ++ratios.large_count;
  }
  ratios.worse += ours > best ? 1 : 0;
  ratios.proven += solution->status == scheduler::TrafficStatus::Optimal ? 1 : 0;
}

int main_program(const std::string& only) {
  std::printf(
      "| network | fast | compulsory | belady tensor | belady byte | pinning | banks | ours "
      "| at least | status | best / ours | processor ms |\n"
      "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|---:|\n");
  Ratios ratios;
  for (const Network& network : networks()) {
    if (!only.empty() && network.name != only) continue;
    const std::vector<std::int64_t> all = sizes(network.problem);
    if (all.empty()) {
      std::printf("| %s | trivial: no size has avoidable traffic |\n", network.name.c_str());
    }
    for (const std::int64_t fast_bytes : all)
      measure(network, fast_bytes, ratios);
  }
  if (ratios.count == 0) return 0;
  std::printf("\n%d cases, %d proven, %d worse than the best baseline, geometric mean %.2f; ",
              ratios.count, ratios.proven, ratios.worse, std::exp(ratios.log_sum / ratios.count));
  std::printf("%d cases that move more than a unit: %.2f\n", ratios.large_count,
              std::exp(ratios.large_log_sum / std::max(ratios.large_count, 1)));
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  return tilewright::bench::main_program(argc > 1 ? argv[1] : "");
}
