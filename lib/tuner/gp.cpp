// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/gp.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include <Eigen/Cholesky>

#include "tilewright/detail/check.h"

namespace tilewright::tuner {
namespace {

constexpr Eigen::Index kFirstCapacity = 16;
// Repeated observations of one candidate make rows that differ by their noise only.
constexpr double kLeastPivot = 1e-10;

}  // namespace

Gp::Gp(std::span<const Candidate> candidates, const Hyperparameters& hyperparameters)
    : candidates_(candidates),
      hyperparameters_(hyperparameters),
      mean_(eigen_index(candidates.size())),
      variance_(Eigen::VectorXd::Constant(eigen_index(candidates.size()),
                                          prior_variance(hyperparameters))) {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    mean_[eigen_index(i)] = candidates[i].analytic_log_seconds;
  }
}

double Gp::variance(std::size_t candidate) const {
  return std::max(variance_[eigen_index(candidate)], 0.0);
}

void Gp::reserve_row() {
  const Eigen::Index used = eigen_index(observations_.size());
  if (used < cholesky_.rows()) return;
  const Eigen::Index capacity = std::max(kFirstCapacity, 2 * cholesky_.rows());
  cholesky_.conservativeResize(capacity, capacity);
  whitened_.conservativeResize(capacity, eigen_index(candidates_.size()));
  whitened_residual_.conservativeResize(capacity);
}

void Gp::add(const Observation& observation) {
  TILEWRIGHT_CHECK(observation.candidate < candidates_.size());
  reserve_row();
  const Eigen::Index n = eigen_index(observations_.size());
  const Candidate& added = candidates_[observation.candidate];
  Eigen::VectorXd row(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Candidate& seen = candidates_[observations_[static_cast<std::size_t>(i)].candidate];
    row[i] = covariance(seen, added, hyperparameters_);
  }
  cholesky_.topLeftCorner(n, n).triangularView<Eigen::Lower>().solveInPlace(row);
  const double pivot = std::sqrt(
      std::max(prior_variance(hyperparameters_) + observation.noise_variance - row.squaredNorm(),
               kLeastPivot));

  Eigen::RowVectorXd white(eigen_index(candidates_.size()));
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    white[eigen_index(i)] = covariance(candidates_[i], added, hyperparameters_);
  }
  white.noalias() -= row.transpose() * whitened_.topRows(n);
  white /= pivot;
  const double residual = observation.log_seconds - added.analytic_log_seconds;
  const double white_residual = (residual - row.dot(whitened_residual_.head(n))) / pivot;

  mean_.noalias() += white.transpose() * white_residual;
  variance_.array() -= white.transpose().array().square();
  cholesky_.row(n).head(n) = row.transpose();
  cholesky_(n, n) = pivot;
  whitened_.row(n) = white;
  whitened_residual_[n] = white_residual;
  observations_.push_back(observation);
}

double log_marginal_likelihood(std::span<const Candidate> candidates,
                               std::span<const Observation> observations,
                               const Hyperparameters& hyperparameters) {
  const auto n = static_cast<Eigen::Index>(observations.size());
  Eigen::MatrixXd covariances(n, n);
  Eigen::VectorXd residuals(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Observation& row = observations[static_cast<std::size_t>(i)];
    residuals[i] = row.log_seconds - candidates[row.candidate].analytic_log_seconds;
    for (Eigen::Index j = 0; j <= i; ++j) {
      const Observation& column = observations[static_cast<std::size_t>(j)];
      covariances(i, j) =
          covariance(candidates[row.candidate], candidates[column.candidate], hyperparameters);
    }
    covariances(i, i) += row.noise_variance + kLeastPivot;
  }
  const Eigen::LLT<Eigen::MatrixXd, Eigen::Lower> factor(covariances);
  const Eigen::VectorXd white = factor.matrixL().solve(residuals);
  return -0.5 * white.squaredNorm() - factor.matrixLLT().diagonal().array().log().sum() -
         0.5 * static_cast<double>(n) * std::log(2 * std::numbers::pi);
}

double best_residual(std::span<const Candidate> candidates,
                     std::span<const Observation> observations, const Hyperparameters& prior) {
  constexpr double kLogDeviation = 0.4;
  double best = prior.residual;
  double best_score = -std::numeric_limits<double>::infinity();
  for (const double scale : {1.0, 0.5, 2.0}) {
    Hyperparameters scaled = prior;
    scaled.residual *= scale;
    const double distance = std::log(scale) / kLogDeviation;
    const double score =
        log_marginal_likelihood(candidates, observations, scaled) - 0.5 * distance * distance;
    if (score > best_score) {
      best_score = score;
      best = scaled.residual;
    }
  }
  return best;
}

bool is_refit_due(std::size_t observation_count) {
  return observation_count >= 8 && std::has_single_bit(observation_count);
}

Gp refitted(const Gp& gp, const Hyperparameters& prior) {
  Hyperparameters hyperparameters = prior;
  hyperparameters.residual = best_residual(gp.candidates(), gp.observations(), prior);
  if (hyperparameters.residual == gp.hyperparameters().residual) return gp;
  Gp renewed(gp.candidates(), hyperparameters);
  for (const Observation& observation : gp.observations())
    renewed.add(observation);
  return renewed;
}

}  // namespace tilewright::tuner
