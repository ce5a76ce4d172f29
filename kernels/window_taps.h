// SPDX-License-Identifier: Apache-2.0
// Which taps of a window fall into the input.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tilewright::kernels {

/// Taps [begin, end) of a window, along one axis.
struct Taps {
  std::int64_t begin = 0, end = 0;
  friend bool operator==(const Taps&, const Taps&) = default;
};

/// Of `taps` taps at first, first + dilation, .., those in [0, extent).
[[nodiscard]] inline Taps taps_inside(std::int64_t first, std::int64_t dilation, std::int64_t taps,
                                      std::int64_t extent) {
  const std::int64_t before = first >= 0 ? 0 : (-first + dilation - 1) / dilation;
  const std::int64_t begin = std::min(before, taps);
  const std::int64_t end = first >= extent ? 0 : (extent - 1 - first) / dilation + 1;
  return {begin, std::clamp(end, begin, taps)};
}

}  // namespace tilewright::kernels
