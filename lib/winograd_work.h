// SPDX-License-Identifier: Apache-2.0
// The analytic time of Winograd's convolution.
#pragma once

#include <optional>

#include "lib/kernel_choice.h"
#include "lib/tuner/device_probe.h"

namespace tilewright {

/// Natural logarithm of the seconds one worker should need: the products of all planes by the model
/// of the dot family, the transforms, and the weights once per block of tiles. None if the kernel
/// is of another family.
[[nodiscard]] std::optional<double> winograd_log_seconds(const ProgramOp& op,
                                                         const KernelChoice& choice,
                                                         const tuner::DeviceParameters& device);

}  // namespace tilewright
