// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <unistd.h>

#include "lib/cache_sizes.h"
#include "lib/core_classes.h"
#include "lib/system_word.h"

namespace tilewright {
namespace {

constexpr int kMostCaches = 16;  // of a core

[[maybe_unused]] std::optional<double> told(int name) {
  const long bytes = sysconf(name);
  return bytes > 0 ? std::optional(static_cast<double>(bytes)) : std::nullopt;
}

CacheSizes told_by_library() {
#ifdef _SC_LEVEL1_DCACHE_SIZE
  return {told(_SC_LEVEL1_DCACHE_SIZE), told(_SC_LEVEL2_CACHE_SIZE), told(_SC_LEVEL3_CACHE_SIZE)};
#else
  return {};
#endif
}

/// Of a text such as 512K or 32M.
std::optional<double> bytes_of(const std::string& text) {
  long count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count <= 0) return std::nullopt;
  const std::string unit(end, text.data() + text.size());
  if (unit == "K") return 1024.0 * static_cast<double>(count);
  if (unit == "M") return 1024.0 * 1024.0 * static_cast<double>(count);
  return unit.empty() ? std::optional(static_cast<double>(count)) : std::nullopt;
}

CacheSizes caches_of(const std::string& core) {
  CacheSizes sizes;
  for (int i = 0; i < kMostCaches; ++i) {
    const std::string cache = core + "/cache/index" + std::to_string(i);
    const std::string level = system_word(cache + "/level");
    if (level.empty()) break;
    if (system_word(cache + "/type") == "Instruction") continue;
    const std::optional<double> bytes = bytes_of(system_word(cache + "/size"));
    if (level == "1") sizes.l1_bytes = bytes;
    if (level == "2") sizes.l2_bytes = bytes;
    if (level == "3") sizes.l3_bytes = bytes;
  }
  return sizes;
}

}  // namespace

CacheSizes cache_sizes(const std::string& folder, std::span<const int> cores) {
  for (const int core : cores) {
    const CacheSizes sizes = caches_of(folder + "/cpu" + std::to_string(core));
    if (sizes.l1_bytes) return sizes;
  }
  return {};
}

CacheSizes cache_sizes() {
  CacheSizes sizes = cache_sizes("/sys/devices/system/cpu", usable_cores());
  const CacheSizes library = told_by_library();
  if (!sizes.l1_bytes) sizes.l1_bytes = library.l1_bytes;
  if (!sizes.l2_bytes) sizes.l2_bytes = library.l2_bytes;
  if (!sizes.l3_bytes) sizes.l3_bytes = library.l3_bytes;
  return sizes;
}

long page_bytes() {
  return std::max(sysconf(_SC_PAGESIZE), 0L);
}

}  // namespace tilewright
