// SPDX-License-Identifier: Apache-2.0
// The sizes of this machine's caches, where its system tells them.
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

}  // namespace tilewright
