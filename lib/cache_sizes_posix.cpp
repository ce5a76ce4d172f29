// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unistd.h>

#include "lib/cache_sizes.h"

namespace tilewright {
namespace {

[[maybe_unused]] std::optional<double> told(int name) {
  const long bytes = sysconf(name);
  return bytes > 0 ? std::optional(static_cast<double>(bytes)) : std::nullopt;
}

}  // namespace

CacheSizes cache_sizes() {
#ifdef _SC_LEVEL1_DCACHE_SIZE
  return {told(_SC_LEVEL1_DCACHE_SIZE), told(_SC_LEVEL2_CACHE_SIZE), told(_SC_LEVEL3_CACHE_SIZE)};
#else
  return {};
#endif
}

long page_bytes() {
  return std::max(sysconf(_SC_PAGESIZE), 0L);
}

}  // namespace tilewright
