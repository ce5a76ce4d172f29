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
constexpr double kPageBytes = 4096;
constexpr std::size_t kPageLines = 64;

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

using Read = std::function<void(std::span<const std::byte>)>;

/// A whole number of lines, aligned to them.
struct alignas(64) Line {
  std::byte bytes[64] = {};
};

double read_bytes_per_second(std::span<const Line> buffer, double footprint_bytes, const Read& read,
                             const Timer& timer) {
  const auto wanted = static_cast<std::size_t>(footprint_bytes / kPageBytes) * kPageLines;
  const auto lines =
      std::as_bytes(buffer.first(std::min(buffer.size(), std::max(wanted, kPageLines))));
  const double seconds = least_seconds([&] { read(lines); }, timer);
  return static_cast<double>(lines.size()) / seconds;
}

/// Memory behind a last level that is too large to be overrun quickly is taken to be as much slower
/// than it as was known.
void measure_memory(DeviceParameters& device, const Read& read, const Timer& timer) {
  const double l2_footprint = std::max(2 * device.l1_bytes, 0.5 * device.l2.size_bytes);
  const double l3_footprint = std::min(
      std::max(2 * device.l2.size_bytes, 0.25 * device.l3.size_bytes), kLargestBufferBytes);
  const double dram_footprint = 2 * device.l3.size_bytes;
  const bool reaches_dram = dram_footprint <= kLargestBufferBytes;
  const double largest = std::max(l3_footprint, reaches_dram ? dram_footprint : 0);
  const std::vector<Line> buffer(static_cast<std::size_t>(largest) / sizeof(Line) / kPageLines *
                                 kPageLines);
  device.l2.bytes_per_second = read_bytes_per_second(buffer, l2_footprint, read, timer);
  const double known_ratio = device.dram_bytes_per_second / device.l3.bytes_per_second;
  device.l3.bytes_per_second = read_bytes_per_second(buffer, l3_footprint, read, timer);
  device.dram_bytes_per_second = reaches_dram
                                     ? read_bytes_per_second(buffer, dram_footprint, read, timer)
                                     : known_ratio * device.l3.bytes_per_second;
}

/// Vectors per cycle from the first level. Read often enough that the clock's own time is nothing.
double loads_per_cycle(const DeviceParameters& device, const PeakProbe& peak, const Timer& timer) {
  constexpr int kPasses = 64;
  const std::vector<Line> buffer(4 * kPageLines);
  const auto lines = std::as_bytes(std::span(buffer));
  const auto read = [&] {
    for (int pass = 0; pass < kPasses; ++pass)
      peak.read(lines);
  };
  const double bytes = kPasses * static_cast<double>(lines.size());
  const double vector_bytes = static_cast<double>(sizeof(float)) * peak.lanes;
  return bytes / vector_bytes / (least_seconds(read, timer) * device.clock_hz);
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

/// A machine without an entry of this kind keeps what it has.
void set_dot_rate(DeviceParameters& device, const PeakProbe& peak, double seconds) {
  for (DotRate& rate : device.dots) {
    if (rate.lanes == peak.lanes && rate.products == peak.products)
      rate.per_cycle = peak.fma_count / (seconds * device.clock_hz);
  }
}

}  // namespace

const VectorRate& vector_rate(const DeviceParameters& device, std::int32_t lanes) {
  return device.vectors[rate_index(device, lanes)];
}

const DotRate& dot_rate(const DeviceParameters& device, std::int32_t lanes, std::int32_t products) {
  const DotRate* best = nullptr;
  for (const DotRate& rate : device.dots) {
    const bool fits = rate.products == products && rate.lanes <= lanes;
    if (fits && (best == nullptr || rate.lanes > best->lanes)) best = &rate;
  }
  return best == nullptr ? device.dots.front() : *best;
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
  const PeakProbe* widest = nullptr;
  for (const PeakProbe& peak : peaks) {
    const double seconds = least_seconds(peak.run, timer);
    if (peak.products > 1) {
      set_dot_rate(device, peak, seconds);
      continue;
    }
    VectorRate& rate = device.vectors[rate_index(device, peak.lanes)];
    rate.fma_per_cycle = peak.fma_count / (seconds * device.clock_hz);
    if (!peak.read) continue;
    rate.loads_per_cycle = loads_per_cycle(device, peak, timer);
    if (widest == nullptr || peak.lanes > widest->lanes) widest = &peak;
  }
  if (widest != nullptr) measure_memory(device, widest->read, timer);
  return device;
}

}  // namespace tilewright::tuner
