// SPDX-License-Identifier: Apache-2.0
// What is learnt from some layers for others (`known_layers.h`).
// Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006,
// sections 2.2, 5.4.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "bench/tuner/known_layers.h"
#include "lib/tuner/gp.h"

namespace tilewright::bench {
namespace {

constexpr double kNoiseVariance = 0.03 * 0.03;
constexpr std::size_t kMostSeen = 256;

Eigen::Index index(std::size_t i) {
  return static_cast<Eigen::Index>(i);
}

/// Residual and slopes of `seen`, less their means over what was seen of the same layer.
struct Regression {
  Eigen::MatrixXd slopes;
  Eigen::VectorXd residuals;
};

Regression centred(std::span<const Seen> seen) {
  const std::size_t rates = seen.front().layer->slopes.front().size();
  Regression regression{{index(seen.size()), index(rates)}, Eigen::VectorXd(index(seen.size()))};
  std::map<const KnownLayer*, std::vector<Eigen::Index>> rows;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const KnownLayer& layer = *seen[i].layer;
    for (std::size_t rate = 0; rate < rates; ++rate)
      regression.slopes(index(i), index(rate)) = layer.slopes[seen[i].candidate][rate];
    regression.residuals[index(i)] = layer.residuals[seen[i].candidate];
    rows[&layer].push_back(index(i));
  }
  for (const auto& [layer, own] : rows) {
    const Eigen::RowVectorXd slope = regression.slopes(own, Eigen::all).colwise().mean();
    const double level = regression.residuals(own).mean();
    for (const Eigen::Index row : own) {
      regression.slopes.row(row) -= slope;
      regression.residuals[row] -= level;
    }
  }
  return regression;
}

double distance(const Seen& a, const Seen& b) {
  const tuner::Candidate& left = a.layer->recorded.layer.candidates[a.candidate];
  const tuner::Candidate& right = b.layer->recorded.layer.candidates[b.candidate];
  double sum = left.categories == right.categories ? 0 : 1;
  for (std::size_t i = 0; i < left.features.size(); ++i)
    sum += std::pow(left.features[i] - right.features[i], 2);
  for (std::size_t i = 0; i < a.layer->place.size(); ++i)
    sum += std::pow(a.layer->place[i] - b.layer->place[i], 2);
  return sum;
}

/// The first, then always the one that is farthest from all before it.
std::vector<Seen> far_apart(std::span<const Seen> seen) {
  std::vector<Seen> chosen{seen.front()};
  std::vector<double> nearest(seen.size(), std::numeric_limits<double>::infinity());
  while (chosen.size() < std::min(seen.size(), kMostSeen)) {
    for (std::size_t i = 0; i < seen.size(); ++i)
      nearest[i] = std::min(nearest[i], distance(seen[i], chosen.back()));
    const auto farthest = std::ranges::max_element(nearest);
    chosen.push_back(seen[static_cast<std::size_t>(farthest - nearest.begin())]);
  }
  return chosen;
}

double covariance(const Seen& a, const Seen& b, double shared) {
  const tuner::Candidate& left = a.layer->recorded.layer.candidates[a.candidate];
  const tuner::Candidate& right = b.layer->recorded.layer.candidates[b.candidate];
  const tuner::Hyperparameters usual;
  if (a.layer == b.layer) return tuner::covariance(left, right, usual);
  tuner::Hyperparameters across = usual;
  across.level = 0;
  double square = 0;
  for (std::size_t i = 0; i < a.layer->place.size(); ++i)
    square += std::pow(a.layer->place[i] - b.layer->place[i], 2);
  across.residual *= std::sqrt(shared * std::exp(-square / 2));
  return tuner::covariance(left, right, across);
}

struct Fit {
  Eigen::LLT<Eigen::MatrixXd, Eigen::Lower> factor;
  Eigen::VectorXd residuals;
};

Fit fit(std::span<const Seen> seen, double shared) {
  Eigen::MatrixXd covariances(index(seen.size()), index(seen.size()));
  Eigen::VectorXd residuals(index(seen.size()));
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j)
      covariances(index(i), index(j)) = covariance(seen[i], seen[j], shared);
    covariances(index(i), index(i)) += kNoiseVariance;
    residuals[index(i)] = seen[i].layer->residuals[seen[i].candidate];
  }
  return {Eigen::LLT<Eigen::MatrixXd, Eigen::Lower>(covariances), residuals};
}

double log_likelihood(const Fit& fit) {
  const Eigen::VectorXd white = fit.factor.matrixL().solve(fit.residuals);
  return -0.5 * white.squaredNorm() - fit.factor.matrixLLT().diagonal().array().log().sum();
}

/// Of forty candidates of every layer, evenly from its list.
double log_likelihood(std::span<const KnownLayer* const> layers,
                      const tuner::Hyperparameters& hyperparameters) {
  constexpr std::size_t kSample = 40;
  double sum = 0;
  for (const KnownLayer* layer : layers) {
    const std::vector<tuner::Candidate>& candidates = layer->recorded.layer.candidates;
    std::vector<tuner::Observation> observations;
    const std::size_t count = std::min(candidates.size(), kSample);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t c = i * candidates.size() / count;
      observations.push_back(
          {.candidate = c,
           .log_seconds = candidates[c].analytic_log_seconds + layer->residuals[c],
           .noise_variance = kNoiseVariance});
    }
    sum += tuner::log_marginal_likelihood(candidates, observations, hyperparameters);
  }
  return sum;
}

}  // namespace

std::vector<double> refit_rates(const KnownLayer& layer, std::span<const Seen> seen) {
  constexpr double kPriorWeight = 20;
  const Regression regression = centred(seen);
  Eigen::MatrixXd squares = regression.slopes.transpose() * regression.slopes;
  const Eigen::VectorXd per_look = squares.diagonal() / static_cast<double>(seen.size());
  squares.diagonal() += kPriorWeight * per_look;
  squares.diagonal().array() += 1e-9;
  const Eigen::VectorXd rates =
      squares.ldlt().solve(regression.slopes.transpose() * regression.residuals);
  std::vector<double> added;
  for (const std::vector<double>& slopes : layer.slopes)
    added.push_back(rates.dot(Eigen::Map<const Eigen::VectorXd>(slopes.data(), rates.size())));
  return added;
}

std::vector<double> carry_over(const KnownLayer& layer, std::span<const Seen> seen, double shared) {
  const std::vector<Seen> chosen = far_apart(seen);
  const Fit known = fit(chosen, shared);
  const Eigen::VectorXd weights = known.factor.solve(known.residuals);
  std::vector<double> added;
  for (std::size_t c = 0; c < layer.residuals.size(); ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < chosen.size(); ++i)
      sum += weights[index(i)] * covariance({&layer, c}, chosen[i], shared);
    added.push_back(sum);
  }
  return added;
}

double best_share(std::span<const Seen> seen) {
  const std::vector<Seen> chosen = far_apart(seen);
  constexpr std::array<double, 4> kShares{0, 0.3, 0.6, 0.9};
  return *std::ranges::max_element(
      kShares, {}, [&](double shared) { return log_likelihood(fit(chosen, shared)); });
}

tuner::Hyperparameters fit_hyperparameters(std::span<const KnownLayer* const> layers) {
  using tuner::Hyperparameters;
  constexpr std::array kFields{&Hyperparameters::level, &Hyperparameters::variant,
                               &Hyperparameters::residual, &Hyperparameters::length,
                               &Hyperparameters::category};
  Hyperparameters best;
  double most = log_likelihood(layers, best);
  for (const double step : {2.0, 2.0, 1.4, 1.4}) {
    for (double Hyperparameters::* const field : kFields) {
      for (const double factor : {step, 1 / step}) {
        Hyperparameters other = best;
        other.*field *= factor;
        const double likelihood = log_likelihood(layers, other);
        if (likelihood <= most) continue;
        most = likelihood;
        best = other;
      }
    }
  }
  return best;
}

}  // namespace tilewright::bench
