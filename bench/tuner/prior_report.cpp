// SPDX-License-Identifier: Apache-2.0
// How good the analytic times are without any measurement: the regret of the default that they
// choose, and their rank correlation with recorded times.
//
//   prior_report [--layers] [--assumed | --measured] TABLE.json...
//
// The device is the one that the table was recorded on, by its measured rates; or, assumed, by
// usual ones, which is what chooses where nothing is tuned; or, measured, this machine.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "bench/tuner/recorded_table.h"
#include "lib/device_profile.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

struct LayerScore {
  double regret = 0;        // time of the default over that of the best, less 1
  double rank = 0;          // Spearman's correlation
  double deviation = 0;     // of log(measured / analytic)
  double best_seconds = 0;  // of all the layer's ops together
  std::size_t chosen = 0;
  std::size_t best = 0;
};

std::vector<double> true_seconds(const RecordedLayer& recorded) {
  std::vector<double> seconds;
  for (const std::vector<double>& row : recorded.seconds)
    seconds.push_back(tuner::median(row));
  return seconds;
}

std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    ranks[order[i]] = static_cast<double>(i);
  return ranks;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

LayerScore score(const RecordedLayer& recorded) {
  const std::vector<double> seconds = true_seconds(recorded);
  std::vector<double> analytic;
  std::vector<double> residuals;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    analytic.push_back(recorded.layer.candidates[i].analytic_log_seconds);
    residuals.push_back(std::log(seconds[i]) - analytic.back());
  }
  LayerScore result;
  result.chosen = tuner::default_candidate(recorded.layer);
  result.best = static_cast<std::size_t>(std::ranges::min_element(seconds) - seconds.begin());
  result.regret = seconds[result.chosen] / seconds[result.best] - 1;
  result.rank = correlation(ranks_of(seconds), ranks_of(analytic));
  result.deviation = tuner::robust_deviation(residuals);
  result.best_seconds = seconds[result.best] * recorded.layer.count;
  return result;
}

/// Means over layers; of the network, regret weighs layers by their time.
void print_summary(const char* name, const std::vector<LayerScore>& scores) {
  double regret = 0, rank = 0, deviation = 0, all = 0, lost = 0, worst = 0;
  for (const LayerScore& s : scores) {
    regret += s.regret, rank += s.rank, deviation += s.deviation;
    all += s.best_seconds, lost += s.best_seconds * s.regret;
    worst = std::max(worst, s.regret);
  }
  const double n = static_cast<double>(scores.size());
  std::printf("| %s | %zu | %.1f %% | %.1f %% | %.0f %% | %.2f | %.2f |\n", name, scores.size(),
              100 * regret / n, 100 * lost / all, 100 * worst, rank / n, deviation / n);
}

enum class Device { Recorded, Assumed, Measured };

Result<RecordedTable> read_for(const std::string& path, Device device) {
  if (device == Device::Measured) {
    static const tuner::DeviceParameters here = measured_device();
    return read_table(path, here);
  }
  TILEWRIGHT_TRY(RecordedTable table, read_table(path));
  if (device == Device::Recorded) return table;
  return read_table(path, unmeasured(table.device));
}

int run(int argc, char** argv) {
  bool prints_layers = false;
  Device device = Device::Recorded;
  std::vector<LayerScore> all;
  std::puts(
      "| table | layers | mean regret | of the network | worst | rank correlation | "
      "residual deviation |\n|---|---|---|---|---|---|---|");
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--layers") == 0) {
      prints_layers = true;
      continue;
    }
    if (std::strcmp(argv[i], "--measured") == 0) {
      device = Device::Measured;
      continue;
    }
    if (std::strcmp(argv[i], "--assumed") == 0) {
      device = Device::Assumed;
      continue;
    }
    const auto table = read_for(argv[i], device);
    if (!table) {
      std::fprintf(stderr, "prior_report: %s\n", table.error().message.c_str());
      return 1;
    }
    std::vector<LayerScore> scores;
    for (const RecordedLayer& recorded : table->layers) {
      scores.push_back(score(recorded));
      const LayerScore& s = scores.back();
      if (!prints_layers) continue;
      std::printf("%-12s %5.1f %% rank %.2f best %-40s chosen %-40s %.3f ms\n  %s\n",
                  recorded.op.name.c_str(), 100 * s.regret, s.rank,
                  recorded.layer.candidates[s.best].name.c_str(),
                  recorded.layer.candidates[s.chosen].name.c_str(), 1e3 * s.best_seconds,
                  signature(recorded.op).c_str());
    }
    print_summary(table->name.c_str(), scores);
    all.insert(all.end(), scores.begin(), scores.end());
  }
  if (all.empty()) return 2;
  print_summary("all", all);
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  return tilewright::bench::run(argc, argv);
}
