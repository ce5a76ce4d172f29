// SPDX-License-Identifier: Apache-2.0
// The prior of the Gaussian process: how alike two candidates of one layer are expected to be.
#pragma once

#include "lib/tuner/tuning_problem.h"

namespace tilewright::tuner {

/// Standard deviations in natural logarithm of time; lengths in units of `Features`. Defaults from
/// recorded tables of dot kernels, see docs/decisions/0008-tuner-search.md.
struct Hyperparameters {
  double level = 0.7;     // all candidates together: the model's scale for this layer is unknown
  double variant = 0.15;  // one compiled kernel, in all its configurations: luck of code generation
  double residual = 0.3;  // what varies with the configuration
  double length = 1.2;    // over which the residual varies
  double category =
      1;  // each unequal category scales the correlation of residuals by exp(-1 / category)
  double noise = 0.05;  // of a visit, beside the spread it saw itself
};

/// Prior covariance of the log times of two candidates:
///   level^2 + variant^2 [same variant]
///     + residual^2 * product over unequal categories of exp(-1 / category) * matern52(distance /
///     length).
[[nodiscard]] double covariance(const Candidate& a, const Candidate& b,
                                const Hyperparameters& hyperparameters);

/// Prior variance of one candidate: `covariance` with itself.
[[nodiscard]] double prior_variance(const Hyperparameters& hyperparameters);

/// (1 + sqrt(5) r + 5 r^2 / 3) exp(-sqrt(5) r).
[[nodiscard]] double matern52(double r);

}  // namespace tilewright::tuner
