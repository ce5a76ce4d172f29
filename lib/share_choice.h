// SPDX-License-Identifier: Apache-2.0
// Whether threads help a layer, by measurement: the model is unsure of those that take some
// microseconds.
#pragma once

#include <cstdint>

#include "tilewright/compile.h"

#include "lib/tune_model.h"

namespace tilewright {

/// Layers that are faster gain nothing by threads, slower ones always do.
inline constexpr double kLeastUnsureSeconds = 2e-6;
inline constexpr double kMostUnsureSeconds = 100e-6;

/// Where the cache keeps of a layer by its kernel whether it is faster "alone" or "shared", and, in
/// place of a time, the logarithm of that in shares over that of one thread.
[[nodiscard]] tuner::CacheKey share_cache_key(const std::string& device, const KernelLayer& layer,
                                              const KernelChoice& choice, std::int32_t threads);

/// Gives tuned layers that are unsure one share or as many as there are threads: what the cache
/// knows, then what can be measured in `budget_ms`, longest first. A layer changes if it gains 3 %;
/// its times are scaled by the ratio, and results go to the cache. Without threads, if none was
/// tuned, or while other programs have the cores, nothing happens.
///
/// Errors: those of laying out a trial.
[[nodiscard]] Status choose_shares(const CompileOptions& options, const tuner::TuningCache& cache,
                                   std::int64_t budget_ms, TunedKernels& kernels);

}  // namespace tilewright
