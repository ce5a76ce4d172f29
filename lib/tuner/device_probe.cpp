// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/device_probe.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace tilewright::tuner {
namespace {

// Of a cache, what one operand can count on: the rest holds other operands.
constexpr double kUsableCacheShare = 0.75;
constexpr double kProbeSeconds = 0.5e-3;  // of each probe, after one pass that warms up
constexpr int kLeastRuns = 5;
constexpr double kLargestBufferBytes = 16.0 * 1024 * 1024;

/// Reads all of `words`; eight chains, so that loads and not additions are waited for.
std::uint64_t read_all(std::span<const std::uint64_t> words) {
  std::array<std::uint64_t, 8> sums{};
  for (std::size_t i = 0; i + 8 <= words.size(); i += 8) {
    for (std::size_t j = 0; j < 8; ++j)
      sums[j] += words[i + j];
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t part : sums)
    sum += part;
  return sum;
}

/// Time of one execution, without what this thread spent without a core.
double run_seconds(const std::function<void()>& run, const Timer& timer) {
  const double busy_begin = timer.busy_seconds ? timer.busy_seconds() : 0;
  const double begin = timer.now_seconds();
  run();
  const double seconds = timer.now_seconds() - begin;
  return timer.busy_seconds ? std::min(seconds, timer.busy_seconds() - busy_begin) : seconds;
}

/// The least time of one execution among those that fit `kProbeSeconds`, and some in any case.
double least_seconds(const std::function<void()>& run, const Timer& timer) {
  run();
  double least = std::numeric_limits<double>::infinity();
  const double begin = timer.now_seconds();
  for (int i = 0; i < kLeastRuns || timer.now_seconds() - begin < kProbeSeconds; ++i) {
    least = std::min(least, run_seconds(run, timer));
    if (i > 1000) break;  // a clock that stands still
  }
  return std::max(least, 1e-9);
}

double read_bytes_per_second(std::span<const std::uint64_t> buffer, double footprint_bytes,
                             const Timer& timer) {
  const auto wanted = static_cast<std::size_t>(footprint_bytes / sizeof(std::uint64_t));
  const auto words = buffer.first(std::min(buffer.size(), std::max<std::size_t>(wanted, 1024)));
  volatile std::uint64_t sink = 0;
  const double seconds = least_seconds([&] { sink = sink + read_all(words); }, timer);
  return static_cast<double>(words.size_bytes()) / seconds;
}

/// Memory behind a last level that is too large to be overrun quickly is taken to be as much slower
/// than it as was known.
void measure_memory(DeviceParameters& device, const Timer& timer) {
  const double l2_footprint = std::max(2 * device.l1_bytes, 0.5 * device.l2.size_bytes);
  const double l3_footprint = std::min(
      std::max(2 * device.l2.size_bytes, 0.25 * device.l3.size_bytes), kLargestBufferBytes);
  const double dram_footprint = 2 * device.l3.size_bytes;
  const bool reaches_dram = dram_footprint <= kLargestBufferBytes;
  const double largest = std::max(l3_footprint, reaches_dram ? dram_footprint : 0);
  const std::vector<std::uint64_t> buffer(static_cast<std::size_t>(largest) / sizeof(std::uint64_t),
                                          1);
  device.l2.bytes_per_second = read_bytes_per_second(buffer, l2_footprint, timer);
  const double known_ratio = device.dram_bytes_per_second / device.l3.bytes_per_second;
  device.l3.bytes_per_second = read_bytes_per_second(buffer, l3_footprint, timer);
  device.dram_bytes_per_second = reaches_dram ? read_bytes_per_second(buffer, dram_footprint, timer)
                                              : known_ratio * device.l3.bytes_per_second;
}

/// Index of the widest entry of at most `lanes` floats; the first if there is none.
std::size_t rate_index(const DeviceParameters& device, std::int32_t lanes) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < device.vectors.size(); ++i) {
    const std::int32_t found = device.vectors[i].lanes;
    if (found <= lanes && found >= device.vectors[best].lanes) best = i;
  }
  return best;
}

}  // namespace

const VectorRate& vector_rate(const DeviceParameters& device, std::int32_t lanes) {
  return device.vectors[rate_index(device, lanes)];
}

double bytes_per_second(const DeviceParameters& device, double footprint_bytes) {
  if (footprint_bytes <= kUsableCacheShare * device.l1_bytes)
    return std::numeric_limits<double>::infinity();
  if (footprint_bytes <= kUsableCacheShare * device.l2.size_bytes)
    return device.l2.bytes_per_second;
  if (footprint_bytes <= kUsableCacheShare * device.l3.size_bytes)
    return device.l3.bytes_per_second;
  return device.dram_bytes_per_second;
}

DeviceParameters measure_device(const DeviceParameters& known, std::span<const PeakProbe> peaks,
                                const Timer& timer) {
  DeviceParameters device = known;
  device.clock_hz = timer.clock_hz();
  measure_memory(device, timer);
  for (const PeakProbe& peak : peaks) {
    const double seconds = least_seconds(peak.run, timer);
    VectorRate& rate = device.vectors[rate_index(device, peak.lanes)];
    rate.fma_per_cycle = peak.fma_count / (seconds * device.clock_hz);
  }
  return device;
}

}  // namespace tilewright::tuner
