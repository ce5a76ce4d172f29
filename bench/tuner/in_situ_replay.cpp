// SPDX-License-Identifier: Apache-2.0
// Tuning inside inferences, replayed on recorded tables: how much slower any inference is than
// untuned, and how fast the gain comes.
//
//   in_situ_replay [--seeds=50] [--runs=400] [--candidates=13] TABLE.json...
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/tuner/in_situ_simulator.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

struct Arguments {
  std::uint64_t seeds = 50;
  std::int64_t runs = 400;
  std::size_t candidates = kMostInSituTrials + 1;
};

bool read_option(const char* text, const char* name, auto& value) {
  const std::size_t length = std::strlen(name);
  if (std::strncmp(text, name, length) != 0) return false;
  value = std::max<std::uint64_t>(std::strtoull(text + length, nullptr, 10), 1);
  return true;
}

void print_table(const RecordedTable& table, const Arguments& arguments) {
  double worst = 0, first = 0, mean_50 = 0, mean_100 = 0, mean_end = 0, least_share = 1;
  std::vector<double> settled;
  InSituSimulation last;
  for (std::uint64_t seed = 1; seed <= arguments.seeds; ++seed) {
    last = simulate_in_situ(table, arguments.runs, seed, arguments.candidates);
    worst = std::max(worst, *std::ranges::max_element(last.ratios));
    first = std::max(first, last.ratios.front());
    const auto gain_at = [&](std::size_t run) {
      return last.gains[std::min(run, last.gains.size()) - 1];
    };
    const double share = static_cast<double>(arguments.seeds);
    mean_50 += gain_at(50) / share;
    mean_100 += gain_at(100) / share;
    mean_end += last.gains.back() / share;
    if (last.gains.back() > 0)
      least_share = std::min(least_share, gain_at(100) / last.gains.back());
    settled.push_back(static_cast<double>(last.settled_run));
  }
  std::printf(
      "| %s | %.3f | %.3f | %.1f %% | %.1f %% | %.1f %% | %.0f %% | %.1f %% | %.1f %% | %.0f |\n",
      table.name.c_str(), first, worst, 100 * mean_50, 100 * mean_100, 100 * mean_end,
      100 * least_share, 100 * last.trial_best_gain, 100 * last.best_gain, tuner::median(settled));
}

int run(int argc, char** argv) {
  Arguments arguments;
  std::puts(
      "| table | first | worst | gain after 50 | 100 | all | least share by 100 | best on trial | "
      "best recorded | settled after |\n|---|---|---|---|---|---|---|---|---|---|");
  for (int i = 1; i < argc; ++i) {
    if (read_option(argv[i], "--seeds=", arguments.seeds) ||
        read_option(argv[i], "--runs=", arguments.runs) ||
        read_option(argv[i], "--candidates=", arguments.candidates)) {
      continue;
    }
    const auto table = read_table(argv[i]);
    if (!table) {
      std::fprintf(stderr, "in_situ_replay: %s\n", table.error().message.c_str());
      return 1;
    }
    print_table(*table, arguments);
  }
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  return tilewright::bench::run(argc, argv);
}
