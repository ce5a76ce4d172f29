// SPDX-License-Identifier: Apache-2.0
// What the tuner itself makes of whole networks in a given time, on recorded tables under a clock
// that only its visits move.
//
//   budget_replay [--seeds=10] TABLE.json...
//
// A run takes a sample of the even rounds, scaled to its slice; networks are scored by the odd
// rounds. Times are those of an idle core. Tuning starts from what the device would run unmeasured.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "bench/tuner/recorded_table.h"
#include "lib/tuner/statistics.h"
#include "lib/tuner/tune.h"

namespace tilewright::bench {
namespace {

constexpr double kVisitSeconds = 30e-6;  // of laying out a trial and looking at the clock
constexpr std::int64_t kBudgetsMs[] = {250, 500, 2000, 10000};
constexpr tuner::Method kMethods[] = {tuner::Method::Gp, tuner::Method::Halving,
                                      tuner::Method::Random, tuner::Method::Exhaustive};

class TableDevice final : public tuner::Measurer {
 public:
  TableDevice(const RecordedTable& table, std::uint64_t seed) : table_(table), random_(seed) {}

  Result<tuner::Measurement> measure(const tuner::Visit& visit) override {
    now_ += kVisitSeconds;
    const std::vector<double>& row = table_.layers[visit.layer].seconds[visit.candidate];
    const double full = row[2 * (random_() % ((row.size() + 1) / 2))];
    tuner::Measurement seen{.seconds = full * visit.fraction, .fraction = visit.fraction};
    seen.censored = full > visit.limit_full_seconds;
    int runs = visit.repeats;
    if (seen.censored) runs = full > 2 * visit.limit_full_seconds ? 1 : std::min(runs, 2);
    now_ += runs * seen.seconds;
    return seen;
  }
  double now_seconds() override { return now_; }

 private:
  const RecordedTable& table_;
  std::mt19937_64 random_;
  double now_ = 0;
};

/// Seconds of the network with these candidates, by the odd rounds.
double network_seconds(const RecordedTable& table, const std::vector<std::size_t>& chosen) {
  double sum = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    sum += table.layers[i].layer.count * median_seconds(table.layers[i].seconds[chosen[i]], 1);
  return sum;
}

std::vector<std::size_t> best_of(const RecordedTable& table) {
  std::vector<std::size_t> best;
  for (const RecordedLayer& layer : table.layers) {
    const auto least = std::ranges::min_element(
        layer.seconds, {}, [](const std::vector<double>& row) { return tuner::median(row); });
    best.push_back(static_cast<std::size_t>(least - layer.seconds.begin()));
  }
  return best;
}

double tuned_seconds(const RecordedTable& table, tuner::Method method, std::int64_t budget_ms,
                     std::uint64_t seed) {
  tuner::TuningProblem problem;
  for (const RecordedLayer& layer : table.layers)
    problem.layers.push_back(layer.layer);
  TableDevice device(table, seed);
  const auto outcome =
      tuner::tune(problem, device, {.method = method, .budget_ms = budget_ms, .seed = seed});
  if (!outcome) return std::nan("");
  std::vector<std::size_t> chosen;
  for (const tuner::LayerOutcome& layer : outcome->layers)
    chosen.push_back(layer.chosen);
  return network_seconds(table, chosen);
}

/// A table whose layers know what runs untuned.
Result<RecordedTable> read_with_defaults(const std::string& path) {
  TILEWRIGHT_TRY(RecordedTable table, read_table(path));
  TILEWRIGHT_TRY(const RecordedTable untuned, read_table(path, unmeasured(table.device)));
  for (std::size_t i = 0; i < table.layers.size(); ++i)
    table.layers[i].layer.known_good = tuner::default_candidate(untuned.layers[i].layer);
  return table;
}

void print_table(const RecordedTable& table, std::uint64_t seeds) {
  std::vector<std::size_t> defaults;
  for (const RecordedLayer& layer : table.layers)
    defaults.push_back(tuner::default_candidate(layer.layer));
  const double best = network_seconds(table, best_of(table));
  std::printf("| %s | untuned | %.1f %% | | | |\n", table.name.c_str(),
              100 * (network_seconds(table, defaults) / best - 1));
  for (const tuner::Method method : kMethods) {
    std::printf("| | %s |", tuner::to_string(method));
    for (const std::int64_t budget_ms : kBudgetsMs) {
      double sum = 0;
      for (std::uint64_t seed = 1; seed <= seeds; ++seed)
        sum += tuned_seconds(table, method, budget_ms, seed);
      std::printf(" %.1f %% |", 100 * (sum / static_cast<double>(seeds) / best - 1));
    }
    std::puts("");
  }
}

int run(int argc, char** argv) {
  std::uint64_t seeds = 10;
  std::puts("| network | method | 0.25 s | 0.5 s | 2 s | 10 s |\n|---|---|---|---|---|---|");
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--seeds=", 8) == 0) {
      seeds = std::max<std::uint64_t>(std::strtoull(argv[i] + 8, nullptr, 10), 1);
      continue;
    }
    const auto table = read_with_defaults(argv[i]);
    if (!table) {
      std::fprintf(stderr, "budget_replay: %s\n", table.error().message.c_str());
      return 1;
    }
    print_table(*table, seeds);
  }
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  return tilewright::bench::run(argc, argv);
}
