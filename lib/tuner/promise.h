// SPDX-License-Identifier: Apache-2.0
// Which candidate of a layer the process wants to look at next.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>

#include "lib/tuner/acquisition.h"
#include "lib/tuner/gp.h"

namespace tilewright::tuner {

/// What a look at `candidate` is expected to take off the incumbent's log time.
struct Promise {
  std::size_t candidate = 0;
  double improvement = 0;
};

/// The plug-in incumbent: the least posterior mean of what was observed; infinite before.
[[nodiscard]] double incumbent_log_seconds(const Gp& gp);

/// The greatest expected improvement over `incumbent` among the candidates that `is_open` allows,
/// the first of equals; none if it allows none.
template <typename IsOpen>
[[nodiscard]] std::optional<Promise> most_promising(const Gp& gp, double incumbent,
                                                    IsOpen is_open) {
  std::optional<Promise> best;
  for (std::size_t i = 0; i < gp.candidates().size(); ++i) {
    if (!is_open(i)) continue;
    const double improvement =
        expected_improvement(incumbent, gp.mean(i), std::sqrt(gp.variance(i)));
    if (!best || improvement > best->improvement)
      best = Promise{.candidate = i, .improvement = improvement};
  }
  return best;
}

}  // namespace tilewright::tuner
