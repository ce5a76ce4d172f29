// SPDX-License-Identifier: Apache-2.0
// Devices that a machine could be: what holds whatever the analytic times say has to hold for all.
#pragma once

#include <vector>

#include "lib/tuner/device_probe.h"

namespace tilewright::bench {

/// `device` itself; it unmeasured; then what it would be with one or two multiply-adds of the
/// widest vectors a cycle, other caches of the first and second level, and faster or slower clocks
/// and memories.
[[nodiscard]] std::vector<tuner::DeviceParameters> plausible_devices(
    const tuner::DeviceParameters& device);

}  // namespace tilewright::bench
