// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <iterator>
#include <span>
#include <vector>

#include "lib/tuner/cache.h"
#include "runtime/file_io.h"
#include "runtime/file_lock.h"

namespace tilewright::tuner {
namespace {

constexpr char kLeftAlone[] = ": it is neither read nor written";
constexpr std::int64_t kLockWaitMs = 10'000;  // a save takes milliseconds

}  // namespace

LoadedCache load_cache(const std::string& path) {
  const Result<std::vector<std::byte>> bytes = runtime::read_file(path, kMaxCacheBytes);
  if (!bytes) {
    if (bytes.error().code == ErrorCode::NotFound) return {};
    const bool is_too_large = bytes.error().code == ErrorCode::ResourceExhausted;
    return {.cache = {},
            .warning = "tuning cache: " + bytes.error().message + (is_too_large ? kLeftAlone : ""),
            .is_foreign = is_too_large};
  }
  LoadedCache loaded = parse_cache({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (loaded.warning) *loaded.warning += " (" + path + ")" + (loaded.is_foreign ? kLeftAlone : "");
  return loaded;
}

Status save_cache(const TuningCache& cache, const std::string& path) {
  // Without the lock, which not every file system has, two saves at once could lose entries of one.
  const auto others = runtime::FileLock::of_folder(path, kLockWaitMs);
  const LoadedCache held = load_cache(path);
  if (held.is_foreign) return Error{ErrorCode::InvalidModel, *held.warning};
  TuningCache merged = cache;
  merge_cache(merged, held.cache);
  std::string text = format_cache(merged);
  const auto fits = [&] {
    return std::ssize(text) <= kMaxCacheBytes && merged.size() <= kMaxCacheEntries;
  };
  if (!fits()) {
    // A file that is full of other entries starts afresh.
    merged = cache;
    text = format_cache(merged);
  }
  if (!fits()) {
    return Error{ErrorCode::ResourceExhausted, "tuning cache '" + path + "': expected at most " +
                                                   std::to_string(kMaxCacheEntries) +
                                                   " entries in " + std::to_string(kMaxCacheBytes) +
                                                   " bytes, got " + std::to_string(merged.size()) +
                                                   " in " + std::to_string(text.size())};
  }
  return runtime::write_file(path, std::as_bytes(std::span<const char>(text)));
}

}  // namespace tilewright::tuner
