// SPDX-License-Identifier: Apache-2.0
// The numbers of a device, said once: the text of the tuning cache and recorded tables walk them
// from here.
#pragma once

#include <string>
#include <string_view>

#include "lib/tuner/device_probe.h"

namespace tilewright::tuner {

inline constexpr std::string_view kDotRate = "dot_per_cycle_";

/// Whether texts of older builds lack this number, which then stays as it is assumed.
[[nodiscard]] constexpr bool is_new_number(std::string_view name) {
  return name.starts_with(kDotRate);
}

/// Calls f(name, number&) for every number of `device`, which may be const, in the order of texts.
/// Names carry units, and the lanes of a vector where there is one for each width. New numbers
/// come last.
template <typename Device, typename F>
void for_each_number(Device& device, F&& f) {
  f("clock_hz", device.clock_hz);
  f("l1_bytes", device.l1_bytes);
  f("l2_bytes", device.l2.size_bytes), f("l2_bytes_per_second", device.l2.bytes_per_second);
  f("l3_bytes", device.l3.size_bytes), f("l3_bytes_per_second", device.l3.bytes_per_second);
  f("dram_bytes_per_second", device.dram_bytes_per_second);
  f("call_seconds", device.call_seconds);
  for (auto& vector : device.vectors) {
    const std::string lanes = "_" + std::to_string(vector.lanes);
    f("fma_per_cycle" + lanes, vector.fma_per_cycle);
    f("loads_per_cycle" + lanes, vector.loads_per_cycle);
    f("fma_latency_cycles" + lanes, vector.fma_latency_cycles);
  }
  for (auto& dot : device.dots) {
    f(std::string(kDotRate) + std::to_string(dot.lanes) + "x" + std::to_string(dot.products),
      dot.per_cycle);
  }
}

}  // namespace tilewright::tuner
