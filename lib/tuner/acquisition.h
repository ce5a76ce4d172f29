// SPDX-License-Identifier: Apache-2.0
// How much a look at a candidate is expected to save.
#pragma once

namespace tilewright::tuner {

/// E[max(incumbent - f, 0)] for f normal with `mean` and `deviation`: the expected reduction of log
/// time below the incumbent's. Source: Jones, Schonlau and Welch, "Efficient Global Optimization",
/// 1998, eq. 15. The incumbent is the least posterior mean of what was observed, not the least
/// sample, since samples are noisy.
[[nodiscard]] double expected_improvement(double incumbent, double mean, double deviation);

}  // namespace tilewright::tuner
