// SPDX-License-Identifier: Apache-2.0
// What the tuner chooses from: layers and their candidates, as plain values. No kernel, no graph.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/status.h"

namespace tilewright::tuner {

/// Numbers of features that place a candidate for the Gaussian process.
inline constexpr std::size_t kFeatureCount = 6;

/// Coordinates of a candidate, scaled so that one unit is a factor of four in whatever they
/// measure: `log2(x) / 2`. Unused ones stay zero. `dot_features` makes those of a dot kernel.
using Features = std::array<double, kFeatureCount>;

/// Unordered properties of a candidate. The numbers are the caller's; only equality counts.
struct Categories {
  std::uint16_t algorithm = 0;
  std::uint16_t isa = 0;
  std::uint16_t layout = 0;
  std::uint16_t order = 0;

  friend bool operator==(const Categories&, const Categories&) = default;
};

/// One way to compute a layer: a kernel variant with its run-time parameters.
struct Candidate {
  std::string name{};            // unique in its layer; what the cache stores
  std::uint32_t variant_id = 0;  // equal for all configurations of one compiled kernel
  Features features{};
  Categories categories{};
  double analytic_log_seconds = 0;  // natural logarithm; from `cost_model.h`
  std::uint64_t scratch_bytes = 0;
  bool sliceable = false;  // a part of the output rows can run alone
};

/// All candidates of one signature; `count` layers of the network share it and are tuned once.
struct Layer {
  std::string name{};
  std::uint32_t count = 1;
  std::vector<Candidate> candidates{};
  /// What runs without tuning, or was best before something changed; takes the place of the
  /// analytic best as the default.
  std::optional<std::size_t> known_good{};
};

struct TuningProblem {
  std::vector<Layer> layers;
};

/// What runs without tuning: `known_good`, or the candidate of least analytic time, the first of
/// equals.
/// `layer` has at least one candidate.
[[nodiscard]] std::size_t default_candidate(const Layer& layer);

/// The candidate of that name, such as one from a cache; none if the layer does not have it (any
/// more).
[[nodiscard]] std::optional<std::size_t> find_candidate(const Layer& layer, std::string_view name);

/// Checks what `tune` relies on: every layer has a count and a candidate, every candidate a name of
/// its own and finite numbers.
///
/// Errors: InvalidArgument, with the layer's name.
[[nodiscard]] Status verify(const TuningProblem& problem);

}  // namespace tilewright::tuner
