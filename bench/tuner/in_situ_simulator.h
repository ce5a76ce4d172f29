// SPDX-License-Identifier: Apache-2.0
// Tuning inside inferences, on a recorded table under a clock of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/tuner/recorded_table.h"
#include "lib/in_situ_table.h"
#include "lib/tuner/in_situ_policy.h"

namespace tilewright::bench {

struct InSituSimulation {
  std::vector<double> ratios;  // per inference: its time over that of the untuned kernels, equally
                               // disturbed
  std::vector<double> gains;   // per inference: undisturbed time untuned over that of the choices
  double best_gain = 0;        // with the best recorded candidate everywhere
  double trial_best_gain = 0;  // with the best of those on trial
  std::int64_t settled_run = 0;  // first inference without anything left to try; 0: none
};

/// The candidates of `layer` that are tried, by analytic time, the default first.
[[nodiscard]] std::vector<std::size_t> in_situ_order(const tuner::Layer& layer, std::size_t most);

/// Runs `runs` inferences. A step takes the median of its kernel's samples, times a disturbance
/// that is drawn from the samples of the untuned kernel for each step and inference, times a drift
/// of 10 %; a kernel's first run on a step takes 10 % more.
[[nodiscard]] InSituSimulation simulate_in_situ(const RecordedTable& table, std::int64_t runs,
                                                std::uint64_t seed,
                                                std::size_t most_candidates = kMostInSituTrials +
                                                                              1);

}  // namespace tilewright::bench
