// SPDX-License-Identifier: Apache-2.0
// Layers like those of a mobile network: a dot product each, its tile variants and cache blocks, an
// analytic model, and true times that differ from it as recorded tables do (log deviation 0.2 to
// 0.4).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/tuner/candidates.h"
#include "lib/tuner/cost_model.h"
#include "lib/tuner/tuning_problem.h"
#include "tests/lib/tuner/simulated_device.h"

namespace tilewright::tuner {

struct SyntheticTile {
  std::int32_t mr, nr, lanes;
};

inline constexpr std::array<SyntheticTile, 12> kSyntheticTiles{{{8, 48, 16},
                                                                {14, 32, 16},
                                                                {24, 16, 16},
                                                                {4, 64, 16},
                                                                {6, 64, 16},
                                                                {1, 64, 16},
                                                                {4, 24, 8},
                                                                {6, 16, 8},
                                                                {3, 32, 8},
                                                                {12, 8, 8},
                                                                {5, 16, 8},
                                                                {1, 32, 8}}};

inline constexpr std::array<DotShape, 10> kSyntheticShapes{{{12544, 32, 16},
                                                            {12544, 64, 32},
                                                            {3136, 128, 64},
                                                            {784, 256, 128},
                                                            {784, 192, 32},
                                                            {196, 512, 256},
                                                            {196, 96, 576},
                                                            {49, 512, 512},
                                                            {49, 320, 960},
                                                            {1, 1000, 1280}}};

struct SyntheticProblem {
  TuningProblem problem;
  TrueTimes times;
};

/// A smooth function of the features, different for every seed: a sum of random cosines of unit
/// variance.
class SmoothField {
 public:
  explicit SmoothField(Draws& draws) {
    for (Wave& wave : waves_) {
      for (double& frequency : wave.frequencies)
        frequency = 0.8 * draws.normal();
      wave.phase = 6.283 * draws.uniform();
    }
  }
  [[nodiscard]] double at(const Features& features) const {
    double sum = 0;
    for (const Wave& wave : waves_) {
      double angle = wave.phase;
      for (std::size_t i = 0; i < kFeatureCount; ++i)
        angle += wave.frequencies[i] * features[i];
      sum += std::cos(angle);
    }
    return sum * std::sqrt(2.0 / static_cast<double>(waves_.size()));
  }

 private:
  struct Wave {
    Features frequencies;
    double phase;
  };
  std::array<Wave, 12> waves_{};
};

inline std::vector<Candidate> synthetic_candidates(const DotShape& shape) {
  const DeviceParameters device{.clock_hz = 3.5e9};
  std::vector<Candidate> candidates;
  for (std::uint32_t variant = 0; variant < kSyntheticTiles.size(); ++variant) {
    const SyntheticTile& tile = kSyntheticTiles[variant];
    for (const std::int64_t row_panels : {1, 4, 16, 64, 256}) {
      for (const std::int64_t column_panels : {1, 2, 4, 8}) {
        const DotTiling tiling{.mr = tile.mr,
                               .nr = tile.nr,
                               .lanes = tile.lanes,
                               .mc = std::min(row_panels * tile.mr, shape.m),
                               .nc = std::min(column_panels * tile.nr, shape.n),
                               .kc = shape.k};
        candidates.push_back({.name = "dot_" + std::to_string(tile.mr) + "x" +
                                      std::to_string(tile.nr) + "/" + std::to_string(tiling.mc) +
                                      "," + std::to_string(tiling.nc),
                              .variant_id = variant,
                              .features = dot_features(shape, tiling, device),
                              .categories = {.isa = static_cast<std::uint16_t>(tile.lanes)},
                              .analytic_log_seconds = dot_log_seconds(shape, tiling, device),
                              .sliceable = shape.m > 64});
      }
    }
  }
  return worth_searching(std::move(candidates), CandidateLimits{});
}

/// `layer_count` layers of the shapes above; the same for the same seed. Truth = analytic + level
/// of the layer + luck of the variant + a smooth residual.
inline SyntheticProblem synthetic_problem(std::size_t layer_count, std::uint64_t seed) {
  Draws draws(seed);
  std::array<double, kSyntheticTiles.size()> luck{};
  for (double& value : luck)
    value = 0.15 * draws.normal();
  SyntheticProblem result;
  for (std::size_t i = 0; i < layer_count; ++i) {
    const DotShape& shape = kSyntheticShapes[i % kSyntheticShapes.size()];
    Layer layer{
        .name = "dot" + std::to_string(i), .count = 1, .candidates = synthetic_candidates(shape)};
    const double level = 0.5 * draws.normal();
    const SmoothField field(draws);
    std::vector<double> times;
    for (const Candidate& candidate : layer.candidates) {
      times.push_back(std::exp(candidate.analytic_log_seconds + level + luck[candidate.variant_id] +
                               0.25 * field.at(candidate.features) + 0.01 * draws.normal()));
    }
    result.problem.layers.push_back(std::move(layer));
    result.times.push_back(std::move(times));
  }
  return result;
}

/// Relative excess of a network's time over the best possible.
inline double regret(const SyntheticProblem& synthetic, const std::vector<std::size_t>& chosen) {
  double best = 0;
  double sum = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    best += *std::ranges::min_element(synthetic.times[i]);
    sum += synthetic.times[i][chosen[i]];
  }
  return sum / best - 1;
}

}  // namespace tilewright::tuner
