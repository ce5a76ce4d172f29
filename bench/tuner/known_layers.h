// SPDX-License-Identifier: Apache-2.0
// Recorded layers of several networks side by side, so that what is seen of some can be carried
// over to others.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "bench/tuner/recorded_table.h"
#include "lib/tuner/gp_kernel.h"

namespace tilewright::bench {

/// How large a layer is, in logarithms: pixels, columns, reduction, stride; a unit is a factor
/// of 8.
using LayerPlace = std::array<double, 4>;

struct KnownLayer {
  RecordedLayer recorded{};  // variants are numbered over all layers, and families are layouts
  std::size_t network = 0;
  LayerPlace place{};
  /// By candidate: log of the median time less the analytic one, and the slopes of the analytic one
  /// over the logarithms of the device's rates.
  std::vector<double> residuals{};
  std::vector<std::vector<double>> slopes{};
};

/// The layers of the tables, one network each. Errors: those of `read_table`.
[[nodiscard]] Result<std::vector<KnownLayer>> read_layers(std::span<const std::string> tables);

/// A candidate that was looked at.
struct Seen {
  const KnownLayer* layer = nullptr;
  std::size_t candidate = 0;
};

/// By candidate of `layer`, what to add to the analytic log time: rates of the device fitted by
/// ridge regression to the residuals that were `seen`, each layer's level left free. The device as
/// it is counts as 20 observations.
[[nodiscard]] std::vector<double> refit_rates(const KnownLayer& layer, std::span<const Seen> seen);

/// The same by the process over all layers: `variant` of the hyperparameters is shared, and of
/// `residual` the part `shared` between layers of one place. From 256 of `seen` at most, far apart.
[[nodiscard]] std::vector<double> carry_over(const KnownLayer& layer, std::span<const Seen> seen,
                                             double shared);

/// The share of {0, 0.3, 0.6, 0.9} that makes what was seen most probable.
[[nodiscard]] double best_share(std::span<const Seen> seen);

/// Hyperparameters that make what was seen of each layer most probable, coordinate by coordinate.
[[nodiscard]] tuner::Hyperparameters fit_hyperparameters(std::span<const KnownLayer* const> layers);

}  // namespace tilewright::bench
