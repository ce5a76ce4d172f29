// SPDX-License-Identifier: Apache-2.0
// What tuning found, kept across processes and models. Layers of different models that are alike
// share an entry.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tilewright/status.h"

#include "lib/tuner/tune.h"
#include "lib/tuner/tuning_problem.h"

namespace tilewright::tuner {

/// Limits of a cache file; what exceeds them is not ours.
inline constexpr std::int64_t kMaxCacheBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxCacheEntries = 65536;
inline constexpr std::size_t kMaxCacheStringBytes = 1024;

/// What a result depends on. The strings are the caller's and are only compared.
struct CacheKey {
  std::string op{};      // op, dtypes, shapes, strides, pads, dilation, layout and epilogue
  std::string device{};  // CPU id, instruction sets, cache sizes, page size, kinds of cores
  std::uint32_t threads = 1;
  std::string build{};  // hash of the table of kernel variants

  friend auto operator<=>(const CacheKey&, const CacheKey&) = default;
  friend bool operator==(const CacheKey&, const CacheKey&) = default;
};

/// What was found for a key.
struct CacheValue {
  std::string candidate{};  // `Candidate::name`
  double log_seconds = 0;   // mean log time at full size; of strips see `strip_cache_key`, of
                            // shares `share_cache_key`
  double deviation = 0;     // standard deviation of `log_seconds`
  std::uint32_t samples = 0;
  double clock_hz = 0;      // of the core while it was measured
  std::int64_t date_s = 0;  // when it was found, seconds since 1970 (UTC); 0 if unknown

  friend bool operator==(const CacheValue&, const CacheValue&) = default;
};

/// The date of what is found now.
[[nodiscard]] std::int64_t date_now_s();

/// What tuning found for `layer`, ready to be cached; none if its choice was never measured.
/// `clock_hz` is the core's.
[[nodiscard]] std::optional<CacheValue> cache_value(const Layer& layer, const LayerOutcome& outcome,
                                                    double clock_hz);

/// Ordered, so that files do not depend on the order of insertion.
using TuningCache = std::map<CacheKey, CacheValue>;

/// The value of `key`, or null.
[[nodiscard]] const CacheValue* find(const TuningCache& cache, const CacheKey& key);

/// What another build of the library found for the same op, device and threads, of several the one
/// with most samples, of equal ones the latest; null if there is none. Kernels change between
/// builds, so that it is a place to start from and no answer. So is what was found when the device
/// had a shorter name, the beginning of today's, which told less of it.
[[nodiscard]] const CacheValue* find_older(const TuningCache& cache, const CacheKey& key);

/// A cache as read, and what was wrong with the bytes, for the log: "tuning cache: expected ...,
/// got ...". With a warning the cache is empty: a broken one is a fresh start, not an error.
struct LoadedCache {
  TuningCache cache;
  std::optional<std::string> warning;
  bool is_foreign = false;  // no cache, not even a damaged one: with a warning, never to be written
};

/// Reads the text of a cache file. Every field is checked; one that is wrong, unknown or missing
/// makes the whole text foreign. Entries without a date are older than dates.
[[nodiscard]] LoadedCache parse_cache(std::string_view text);

/// The text of a cache file: JSON, one entry a line, in the order of keys. Bytes that are not UTF-8
/// are replaced.
[[nodiscard]] std::string format_cache(const TuningCache& cache);

/// Adds the entries of `other`; where both know a key the one with more samples stays, and of equal
/// ones that of `cache`.
void merge_cache(TuningCache& cache, const TuningCache& other);

/// Reads a cache file. One that does not exist is an empty cache without a warning; one that is too
/// large to be ours is foreign.
[[nodiscard]] LoadedCache load_cache(const std::string& path);

/// Merges `cache` with what the file holds by then and replaces the file in one step, so that a
/// reader sees the old or the new one and a failure leaves the old one. Processes that save at the
/// same moment wait for each other, by a lock of the folder, and lose nothing. Where both together
/// exceed the limits, what the file held is dropped; so is what a damaged one held.
///
/// Errors: InvalidModel, if the file is foreign, with the text of its warning; IoError, or NotFound
/// without the folder, with the path and the machine's reason; ResourceExhausted over the limits
/// above.
[[nodiscard]] Status save_cache(const TuningCache& cache, const std::string& path);

}  // namespace tilewright::tuner
