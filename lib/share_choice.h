// SPDX-License-Identifier: Apache-2.0
// How threads share the layers, by measurement: how many, of rows or columns, in how many parts.
#pragma once

#include <cstdint>
#include <string>

#include "tilewright/compile.h"

#include "lib/share_search.h"
#include "lib/tune_model.h"
#include "runtime/sharing.h"

namespace tilewright {

/// Where the cache keeps what was found for a layer and its kernel when it was shared as `first`: a
/// `sharing_name` and, in place of a time, the logarithm of that over the time of `first`.
[[nodiscard]] tuner::CacheKey share_cache_key(const std::string& device, const KernelLayer& layer,
                                              const KernelChoice& choice,
                                              const runtime::Sharing& first, ShareQuestion question,
                                              std::int32_t threads);

/// Where the cache keeps whether all layers gain by parts (`all_gain`): `kPartsOnUnequalCores` of
/// each thread or 1 as the candidate's name.
[[nodiscard]] tuner::CacheKey parts_cache_key(const std::string& device, std::int32_t threads);

/// Gives all layers parts if the cache says so, or looks at the longest tuned ones. Then gives
/// tuned layers the sharing that the cache knows, then those that can be searched for
/// (`find_sharing`) in `budget_ms`, each question for those first in which most time is spent.
/// Their times are scaled by the ratio, and results go to the cache. Without threads, if none was
/// tuned, or while other programs have the cores, nothing happens.
///
/// Errors: those of laying out a trial.
[[nodiscard]] Status choose_shares(const CompileOptions& options, const tuner::TuningCache& cache,
                                   std::int64_t budget_ms, TunedKernels& kernels);

}  // namespace tilewright
