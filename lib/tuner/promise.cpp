// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/promise.h"

#include <algorithm>
#include <limits>

namespace tilewright::tuner {

double incumbent_log_seconds(const Gp& gp) {
  double least = std::numeric_limits<double>::infinity();
  for (const Observation& observation : gp.observations()) {
    least = std::min(least, gp.mean(observation.candidate));
  }
  return least;
}

}  // namespace tilewright::tuner
