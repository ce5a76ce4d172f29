// SPDX-License-Identifier: Apache-2.0
// The sizes of this machine's caches and pages, where its system tells them.
#pragma once

#include <optional>
#include <span>
#include <string>

namespace tilewright {

/// Bytes of the data caches of a core; none where the system says nothing.
struct CacheSizes {
  std::optional<double> l1_bytes;
  std::optional<double> l2_bytes;
  std::optional<double> l3_bytes;
};

/// Those of the first of `cores` that files below `folder` (Linux: /sys/devices/system/cpu)
/// describe.
[[nodiscard]] CacheSizes cache_sizes(const std::string& folder, std::span<const int> cores);

/// Those of the cores of this thread. What files do not tell is asked of the C library, which
/// counts the third level of some processors several times.
[[nodiscard]] CacheSizes cache_sizes();

/// Bytes of a page of memory; 0 where the system says nothing.
[[nodiscard]] long page_bytes();

}  // namespace tilewright
