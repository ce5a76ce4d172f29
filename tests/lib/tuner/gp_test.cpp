// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/gp.h"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include "tests/lib/tuner/simulated_device.h"

namespace tilewright::tuner {
namespace {

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using Matrix = std::vector<std::vector<double>>;

std::vector<Candidate> random_candidates(std::size_t count, std::uint64_t seed) {
  Draws draws(seed);
  std::vector<Candidate> candidates(count);
  for (Candidate& candidate : candidates) {
    candidate.variant_id = static_cast<std::uint32_t>(4 * draws.uniform());
    for (double& feature : candidate.features)
      feature = draws.normal();
    candidate.categories.algorithm = static_cast<std::uint16_t>(2 * draws.uniform());
    candidate.categories.order = static_cast<std::uint16_t>(3 * draws.uniform());
    candidate.analytic_log_seconds = -8 + draws.normal();
  }
  return candidates;
}

std::vector<Observation> random_observations(const std::vector<Candidate>& candidates,
                                             std::size_t count, std::uint64_t seed) {
  Draws draws(seed);
  std::vector<Observation> observations(count);
  for (Observation& observation : observations) {
    const auto i =
        static_cast<std::size_t>(draws.uniform() * static_cast<double>(candidates.size()));
    observation = {.candidate = i,
                   .log_seconds = candidates[i].analytic_log_seconds + 0.5 * draws.normal(),
                   .noise_variance = 0.0004 + 0.01 * draws.uniform()};
  }
  return observations;
}

/// Solves a x = b by elimination with partial pivots; also gives log |det a|.
std::pair<std::vector<double>, double> solve(Matrix a, std::vector<double> b) {
  const std::size_t n = b.size();
  double log_determinant = 0;
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k; i < n; ++i) {
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    }
    std::swap(a[k], a[pivot]);
    std::swap(b[k], b[pivot]);
    log_determinant += std::log(std::abs(a[k][k]));
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i][k] / a[k][k];
      for (std::size_t j = k; j < n; ++j)
        a[i][j] -= factor * a[k][j];
      b[i] -= factor * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j)
      b[k] -= a[k][j] * b[j];
    b[k] /= a[k][k];
  }
  return {b, log_determinant};
}

/// The textbook formulas over dense matrices: the oracle.
struct DenseGp {
  const std::vector<Candidate>& candidates;
  const std::vector<Observation>& observations;
  Hyperparameters hyperparameters;

  Matrix covariances() const {
    Matrix k(observations.size(), std::vector<double>(observations.size()));
    for (std::size_t i = 0; i < k.size(); ++i) {
      for (std::size_t j = 0; j < k.size(); ++j) {
        k[i][j] = covariance(candidates[observations[i].candidate],
                             candidates[observations[j].candidate], hyperparameters);
      }
      k[i][i] += observations[i].noise_variance;
    }
    return k;
  }
  std::vector<double> residuals() const {
    std::vector<double> z;
    for (const Observation& observation : observations) {
      z.push_back(observation.log_seconds - candidates[observation.candidate].analytic_log_seconds);
    }
    return z;
  }
  std::vector<double> cross(std::size_t candidate) const {
    std::vector<double> k;
    for (const Observation& observation : observations) {
      k.push_back(
          covariance(candidates[candidate], candidates[observation.candidate], hyperparameters));
    }
    return k;
  }
  double mean(std::size_t candidate) const {
    const auto weights = solve(covariances(), residuals()).first;
    const auto k = cross(candidate);
    double sum = candidates[candidate].analytic_log_seconds;
    for (std::size_t i = 0; i < k.size(); ++i)
      sum += k[i] * weights[i];
    return sum;
  }
  double variance(std::size_t candidate) const {
    const auto k = cross(candidate);
    const auto weights = solve(covariances(), k).first;
    double sum = prior_variance(hyperparameters);
    for (std::size_t i = 0; i < k.size(); ++i)
      sum -= k[i] * weights[i];
    return sum;
  }
  double log_likelihood() const {
    const auto z = residuals();
    const auto [weights, log_determinant] = solve(covariances(), z);
    double quadratic = 0;
    for (std::size_t i = 0; i < z.size(); ++i)
      quadratic += z[i] * weights[i];
    return -0.5 * (quadratic + log_determinant +
                   static_cast<double>(z.size()) * std::log(2 * std::numbers::pi));
  }
};

TEST_CASE("the posterior kept row by row equals the dense solution", "[tuner][gp]") {
  const auto candidates = random_candidates(40, 11);
  const auto observations = random_observations(candidates, 35, 12);
  const DenseGp dense{candidates, observations, Hyperparameters{}};

  Gp gp(candidates, Hyperparameters{});
  for (const Observation& observation : observations)
    gp.add(observation);

  for (std::size_t i = 0; i < candidates.size(); ++i) {
    CAPTURE(i);
    CHECK_THAT(gp.mean(i), WithinAbs(dense.mean(i), 1e-8));
    CHECK_THAT(gp.variance(i), WithinAbs(dense.variance(i), 1e-8));
  }
}

TEST_CASE("without observations the posterior is the prior around the analytic time",
          "[tuner][gp]") {
  const auto candidates = random_candidates(5, 3);
  const Gp gp(candidates, Hyperparameters{});
  CHECK(gp.mean(2) == candidates[2].analytic_log_seconds);
  CHECK_THAT(gp.variance(2), WithinRel(0.7 * 0.7 + 0.15 * 0.15 + 0.3 * 0.3, 1e-12));
}

TEST_CASE("one observation moves the level of all candidates", "[tuner][gp]") {
  std::vector<Candidate> candidates = random_candidates(2, 5);
  candidates[1].categories.layout = 7;  // far from the first in all but the level
  candidates[1].features.fill(50);
  candidates[0].variant_id = 0;
  candidates[1].variant_id = 1;
  Gp gp(candidates, Hyperparameters{});
  gp.add(
      {.candidate = 0, .log_seconds = candidates[0].analytic_log_seconds + 1, .noise_variance = 0});
  CHECK_THAT(gp.mean(0), WithinAbs(candidates[0].analytic_log_seconds + 1, 1e-6));
  const double level_share = 0.49 / (0.49 + 0.0225 + 0.09);
  CHECK_THAT(gp.mean(1), WithinAbs(candidates[1].analytic_log_seconds + level_share, 1e-6));
}

TEST_CASE("a noisy observation moves the posterior less than a clean one", "[tuner][gp]") {
  const auto candidates = random_candidates(1, 9);
  const double seen = candidates[0].analytic_log_seconds + 1;
  Gp clean(candidates, Hyperparameters{});
  Gp noisy(candidates, Hyperparameters{});
  clean.add({.candidate = 0, .log_seconds = seen, .noise_variance = 0.0004});
  noisy.add({.candidate = 0, .log_seconds = seen, .noise_variance = 1});
  CHECK(noisy.mean(0) < clean.mean(0));
  CHECK(noisy.variance(0) > clean.variance(0));
}

TEST_CASE("the same candidate observed many times stays well conditioned", "[tuner][gp]") {
  const auto candidates = random_candidates(3, 21);
  Gp gp(candidates, Hyperparameters{});
  for (int i = 0; i < 200; ++i)
    gp.add({.candidate = 1, .log_seconds = -7, .noise_variance = 0});
  CHECK_THAT(gp.mean(1), WithinAbs(-7, 1e-6));
  CHECK(gp.variance(1) >= 0);
  CHECK(std::isfinite(gp.mean(0)));
}

TEST_CASE("the marginal likelihood equals the density of the dense normal", "[tuner][gp]") {
  const auto candidates = random_candidates(30, 31);
  const auto observations = random_observations(candidates, 20, 32);
  const DenseGp dense{candidates, observations, Hyperparameters{}};
  CHECK_THAT(log_marginal_likelihood(candidates, observations, Hyperparameters{}),
             WithinAbs(dense.log_likelihood(), 1e-5));
}

TEST_CASE("the residual's scale follows what was observed", "[tuner][gp]") {
  auto candidates = random_candidates(40, 41);
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    candidates[i].variant_id = 0;
    for (double& feature : candidates[i].features)
      feature *= 20;  // independent residuals
  }
  const auto observations_of = [&](double deviation) {
    Draws draws(43);
    std::vector<Observation> observations;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      observations.push_back(
          {.candidate = i,
           .log_seconds = candidates[i].analytic_log_seconds + deviation * draws.normal(),
           .noise_variance = 0.0004});
    }
    return observations;
  };
  CHECK(best_residual(candidates, observations_of(0.15), Hyperparameters{}) == 0.15);
  CHECK(best_residual(candidates, observations_of(0.3), Hyperparameters{}) == 0.3);
  CHECK(best_residual(candidates, observations_of(0.6), Hyperparameters{}) == 0.6);
}

TEST_CASE("a refitted process is one of the new residual that saw the same", "[tuner][gp]") {
  auto candidates = random_candidates(40, 41);
  for (Candidate& candidate : candidates)
    candidate.variant_id = 0;
  Gp gp(candidates, Hyperparameters{});
  Draws draws(44);
  for (std::size_t i = 0; i < 16; ++i) {
    const double residual = 2 * draws.normal();
    gp.add({.candidate = i,
            .log_seconds = candidates[i].analytic_log_seconds + residual,
            .noise_variance = 0.0004});
  }
  const Gp renewed = refitted(gp, Hyperparameters{});
  Hyperparameters doubled;
  doubled.residual *= 2;
  REQUIRE(renewed.hyperparameters().residual == doubled.residual);
  Gp anew(candidates, doubled);
  for (const Observation& observation : gp.observations())
    anew.add(observation);
  CHECK(renewed.mean(20) == anew.mean(20));
  CHECK(renewed.variance(20) == anew.variance(20));
}

TEST_CASE("refits are due after 8 observations and whenever they doubled", "[tuner][gp]") {
  CHECK_FALSE(is_refit_due(4));
  CHECK(is_refit_due(8));
  CHECK_FALSE(is_refit_due(9));
  CHECK(is_refit_due(16));
}

TEST_CASE("covariance falls with distance, categories and variants as the formula says",
          "[tuner][gp]") {
  const Hyperparameters hyperparameters;
  Candidate a;
  Candidate b;
  CHECK_THAT(covariance(a, b, hyperparameters), WithinRel(prior_variance(hyperparameters), 1e-12));
  b.variant_id = 1;
  CHECK_THAT(covariance(a, b, hyperparameters), WithinRel(0.49 + 0.09, 1e-12));
  b.categories = {.algorithm = 1, .order = 2};
  CHECK_THAT(covariance(a, b, hyperparameters), WithinRel(0.49 + 0.09 * std::exp(-2.0), 1e-12));
  b.features[0] = 1.2;
  CHECK_THAT(covariance(a, b, hyperparameters),
             WithinRel(0.49 + 0.09 * std::exp(-2.0) * matern52(1), 1e-12));
  CHECK_THAT(matern52(1),
             WithinRel((1 + std::sqrt(5.0) + 5.0 / 3) * std::exp(-std::sqrt(5.0)), 1e-12));
}

}  // namespace
}  // namespace tilewright::tuner
