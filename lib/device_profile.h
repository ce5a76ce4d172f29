// SPDX-License-Identifier: Apache-2.0
// The device that kernels are chosen for, as the analytic model sees it.
#pragma once

#include <string>

#include "lib/tuner/device_probe.h"

namespace tilewright {

/// What can be known without measuring: the cache sizes that the system tells, and rates that are
/// usual. The same on every machine of a kind.
[[nodiscard]] tuner::DeviceParameters assumed_device();

/// `assumed_device` with clock, bandwidths and multiply-add rates measured on this core. Takes some
/// 10 ms.
[[nodiscard]] tuner::DeviceParameters measured_device();

/// Names this kind of machine for the tuning cache: CPU, instruction sets, cache sizes, size of a
/// page, and the kinds of the cores that this thread may use. It asks the system for all of them:
/// ask once.
[[nodiscard]] std::string device_name();

}  // namespace tilewright
