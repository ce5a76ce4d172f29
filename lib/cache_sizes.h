// SPDX-License-Identifier: Apache-2.0
// The sizes of this machine's caches and pages, where its system tells them.
#pragma once

#include <optional>

namespace tilewright {

/// Bytes of the data caches of a core; none where the system says nothing.
struct CacheSizes {
  std::optional<double> l1_bytes;
  std::optional<double> l2_bytes;
  std::optional<double> l3_bytes;
};

[[nodiscard]] CacheSizes cache_sizes();

/// Bytes of a page of memory; 0 where the system says nothing.
[[nodiscard]] long page_bytes();

}  // namespace tilewright
