// SPDX-License-Identifier: Apache-2.0
// The analytic view of a kernel at work: the time it should take, and where it stands among its
// rivals.
#pragma once

#include <cstdint>

#include "lib/kernel_choice.h"
#include "lib/tuner/device_probe.h"
#include "lib/tuner/tuning_problem.h"

namespace tilewright {

/// Natural logarithm of the seconds one worker should need: the cost model of the dot families, the
/// roofline for others.
[[nodiscard]] double analytic_log_seconds(const ProgramOp& op, const KernelChoice& choice,
                                          const tuner::DeviceParameters& device);

/// The choice as the tuner sees it. `variant` numbers the kernel among those of the layer.
[[nodiscard]] tuner::Candidate tuner_candidate(const ProgramOp& op, const KernelChoice& choice,
                                               std::uint32_t variant,
                                               const tuner::DeviceParameters& device);

}  // namespace tilewright
