// SPDX-License-Identifier: Apache-2.0
// A Gaussian process over an enumerated list: the posterior of all candidates is kept up to date as
// observations arrive one by one.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "lib/tuner/gp_kernel.h"
#include "lib/tuner/tuning_problem.h"

namespace tilewright::tuner {

/// One noisy look at a candidate's log time.
struct Observation {
  std::size_t candidate = 0;
  double log_seconds = 0;
  double noise_variance = 0;
};

/// Posterior over the log times of a list of candidates. The prior mean is the analytic log time.
///
///   K = L L^T over the observations, V = L^-1 K(observations, candidates), w = L^-1 (y - mean):
///   mean += V^T w,  variance -= squares of V's columns.
///
/// An observation costs O(n^2 + n N) for n observations before it and N candidates.
/// Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, section 2.2; a
/// row of L and V is appended per observation.
class Gp {
 public:
  /// `candidates` outlive the process.
  Gp(std::span<const Candidate> candidates, const Hyperparameters& hyperparameters);

  void add(const Observation& observation);

  [[nodiscard]] std::span<const Candidate> candidates() const { return candidates_; }
  [[nodiscard]] double mean(std::size_t candidate) const { return mean_[eigen_index(candidate)]; }
  [[nodiscard]] double variance(std::size_t candidate) const;
  [[nodiscard]] std::span<const Observation> observations() const { return observations_; }
  [[nodiscard]] const Hyperparameters& hyperparameters() const { return hyperparameters_; }

 private:
  using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  static Eigen::Index eigen_index(std::size_t i) { return static_cast<Eigen::Index>(i); }
  void reserve_row();

  std::span<const Candidate> candidates_;
  Hyperparameters hyperparameters_;
  std::vector<Observation> observations_;
  RowMajorMatrix cholesky_;  // rows and columns grow by doubling; the used part is lower triangular
  RowMajorMatrix whitened_;  // V, a row per observation
  Eigen::VectorXd whitened_residual_;
  Eigen::VectorXd mean_;
  Eigen::VectorXd variance_;
};

/// Logarithm of the probability density that the prior gives to `observations`. O(n^3).
[[nodiscard]] double log_marginal_likelihood(std::span<const Candidate> candidates,
                                             std::span<const Observation> observations,
                                             const Hyperparameters& hyperparameters);

/// The most probable of {1/2, 1, 2} times `prior.residual`, under a log-normal prior of deviation
/// 0.4 around `prior.residual`.
[[nodiscard]] double best_residual(std::span<const Candidate> candidates,
                                   std::span<const Observation> observations,
                                   const Hyperparameters& prior);

/// Whether the residual is worth choosing anew: after 8 observations, and each time they doubled.
[[nodiscard]] bool is_refit_due(std::size_t observation_count);

/// The process with its residual chosen anew by `best_residual`, and what it observed.
[[nodiscard]] Gp refitted(const Gp& gp, const Hyperparameters& prior);

}  // namespace tilewright::tuner
