// SPDX-License-Identifier: Apache-2.0
// What was measured of a device, as the text that the tuning cache keeps under the device's key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/tuner/cache.h"
#include "lib/tuner/device_probe.h"

namespace tilewright::tuner {

/// `clock_hz=3.7e+09 l1_bytes=32768 ...`: every number of `device`, exactly.
[[nodiscard]] std::string format_device(const DeviceParameters& device);

/// The device of such a text; none if a number is missing that is not new, unknown, or no positive
/// finite one.
[[nodiscard]] std::optional<DeviceParameters> parse_device(std::string_view text);

/// The entry of a cache that holds the parameters of a device.
[[nodiscard]] CacheKey device_cache_key(const std::string& device);
[[nodiscard]] CacheValue device_cache_value(const DeviceParameters& device);

/// The parameters that `cache` holds of a device, if any.
[[nodiscard]] std::optional<DeviceParameters> find_device(const TuningCache& cache,
                                                          const std::string& device);

}  // namespace tilewright::tuner
