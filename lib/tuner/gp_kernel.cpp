// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/gp_kernel.h"

#include <cmath>

namespace tilewright::tuner {
namespace {

int count_unequal(const Categories& a, const Categories& b) {
  return int{a.algorithm != b.algorithm} + int{a.isa != b.isa} + int{a.layout != b.layout} +
         int{a.order != b.order};
}

double distance(const Features& a, const Features& b) {
  double square_sum = 0;
  for (std::size_t i = 0; i < kFeatureCount; ++i)
    square_sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(square_sum);
}

}  // namespace

double matern52(double r) {
  const double scaled = std::sqrt(5.0) * r;
  return (1 + scaled + scaled * scaled / 3) * std::exp(-scaled);
}

double covariance(const Candidate& a, const Candidate& b, const Hyperparameters& hyperparameters) {
  const Hyperparameters& h = hyperparameters;
  double sum = h.level * h.level;
  if (a.variant_id == b.variant_id) sum += h.variant * h.variant;
  const double alike = std::exp(-count_unequal(a.categories, b.categories) / h.category);
  return sum +
         h.residual * h.residual * alike * matern52(distance(a.features, b.features) / h.length);
}

double prior_variance(const Hyperparameters& hyperparameters) {
  const Hyperparameters& h = hyperparameters;
  return h.level * h.level + h.variant * h.variant + h.residual * h.residual;
}

}  // namespace tilewright::tuner
