// SPDX-License-Identifier: Apache-2.0
#include "bench/tuner/plausible_devices.h"

#include <initializer_list>

#include "bench/tuner/recorded_table.h"

namespace tilewright::bench {
namespace {

constexpr double kKiB = 1024;

/// Every device of `devices` with every one of `values`.
template <typename Change>
std::vector<tuner::DeviceParameters> varied(const std::vector<tuner::DeviceParameters>& devices,
                                            std::initializer_list<double> values, Change change) {
  std::vector<tuner::DeviceParameters> result;
  for (const tuner::DeviceParameters& device : devices) {
    for (const double value : values)
      change(result.emplace_back(device), value);
  }
  return result;
}

}  // namespace

std::vector<tuner::DeviceParameters> plausible_devices(const tuner::DeviceParameters& device) {
  using Device = tuner::DeviceParameters;
  std::vector<Device> all{device};
  all = varied(all, {1.0, 2.0}, [](Device& d, double units) {
    d.vectors.back().fma_per_cycle = units;
    d.vectors.back().loads_per_cycle = units;
  });
  all = varied(all, {1024 * kKiB, 2048 * kKiB},
               [](Device& d, double bytes) { d.l2.size_bytes = bytes; });
  all = varied(all, {32 * kKiB, 48 * kKiB}, [](Device& d, double bytes) { d.l1_bytes = bytes; });
  all = varied(all, {1.0, 1.5}, [](Device& d, double factor) { d.clock_hz *= factor; });
  all = varied(all, {0.5, 1.0, 2.0}, [](Device& d, double factor) {
    d.l2.bytes_per_second *= factor;
    d.l3.bytes_per_second *= factor;
    d.dram_bytes_per_second *= factor;
  });
  all.insert(all.begin(), {device, unmeasured(device)});
  return all;
}

}  // namespace tilewright::bench
