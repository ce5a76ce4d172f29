// SPDX-License-Identifier: Apache-2.0
// Tuning inside inferences, replayed on recorded tables: how much slower any inference is than
// untuned, and how fast the gain comes.
//
//   in_situ_replay [--seeds=50] [--runs=400] [--candidates=13] [--plausible] TABLE.json...
//
// The analytic times are for the device of the table; or for all that it could be, of which a row
// holds the worst and the mean gains.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/tuner/in_situ_simulator.h"
#include "bench/tuner/plausible_devices.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

struct Arguments {
  std::uint64_t seeds = 50;
  std::int64_t runs = 400;
  std::size_t candidates = kMostInSituTrials + 1;
  bool is_plausible = false;  // devices, not only recorded ones
};

bool read_option(const char* text, const char* name, auto& value) {
  const std::size_t length = std::strlen(name);
  if (std::strncmp(text, name, length) != 0) return false;
  value = std::max<std::uint64_t>(std::strtoull(text + length, nullptr, 10), 1);
  return true;
}

/// Of all seeds and devices.
struct Score {
  double first = 0, worst = 0, least_share = 1;
  double gain_50 = 0, gain_100 = 0, gain_end = 0, trial_best = 0, best = 0;  // sums
  std::vector<double> settled;
  std::size_t count = 0;
};

void add(Score& score, const InSituSimulation& seen) {
  const auto gain_at = [&](std::size_t run) {
    return seen.gains[std::min(run, seen.gains.size()) - 1];
  };
  score.worst = std::max(score.worst, *std::ranges::max_element(seen.ratios));
  score.first = std::max(score.first, seen.ratios.front());
  if (seen.gains.back() > 0)
    score.least_share = std::min(score.least_share, gain_at(100) / seen.gains.back());
  score.gain_50 += gain_at(50);
  score.gain_100 += gain_at(100);
  score.gain_end += seen.gains.back();
  score.trial_best += seen.trial_best_gain;
  score.best += seen.best_gain;
  score.settled.push_back(static_cast<double>(seen.settled_run));
  ++score.count;
}

void print_row(const std::string& name, const Score& score) {
  const double percent = 100 / static_cast<double>(score.count);
  std::printf(
      "| %s | %.3f | %.3f | %.1f %% | %.1f %% | %.1f %% | %.0f %% | %.1f %% | %.1f %% | %.0f |\n",
      name.c_str(), score.first, score.worst, percent * score.gain_50, percent * score.gain_100,
      percent * score.gain_end, 100 * score.least_share, percent * score.trial_best,
      percent * score.best, tuner::median(score.settled));
}

Status print_table(const std::string& path, const Arguments& arguments) {
  TILEWRIGHT_TRY(const RecordedTable recorded, read_table(path));
  std::vector<tuner::DeviceParameters> devices{recorded.device};
  if (arguments.is_plausible) devices = plausible_devices(recorded.device);
  Score score;
  for (const tuner::DeviceParameters& device : devices) {
    TILEWRIGHT_TRY(const RecordedTable table, read_table(path, device));
    for (std::uint64_t seed = 1; seed <= arguments.seeds; ++seed)
      add(score, simulate_in_situ(table, arguments.runs, seed, arguments.candidates));
  }
  print_row(recorded.name, score);
  return ok();
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
    if (std::strcmp(argv[i], "--plausible") == 0) {
      arguments.is_plausible = true;
      continue;
    }
    if (const Status status = print_table(argv[i], arguments); !status) {
      std::fprintf(stderr, "in_situ_replay: %s\n", status.error().message.c_str());
      return 1;
    }
  }
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  return tilewright::bench::run(argc, argv);
}
