// SPDX-License-Identifier: Apache-2.0
// How a layer is shared best, found in a few comparisons: how many threads, then what is cut and
// into how many parts. No clock, no kernel.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "tilewright/status.h"

#include "lib/tuner/measure.h"
#include "runtime/sharing.h"
#include "runtime/step_cut.h"

namespace tilewright {

/// Layers that are faster gain nothing by threads.
inline constexpr double kLeastSharedSeconds = 2e-6;

/// Of the logarithm of a ratio of times: what is so much slower needs no second look.
inline constexpr double kMuchSlower = 0.1;

/// What a search asks. All layers have an answer to the first before one is asked the second, which
/// matters less.
enum class ShareQuestion : std::uint8_t { Threads, Cut };

/// Of each thread, if all layers are cut before any is searched: where cores differ.
inline constexpr std::int32_t kPartsOnUnequalCores = 4;

/// What a search may choose from.
struct ShareRoom {
  runtime::StepCuts cuts;    // of the layer by its kernel
  std::int32_t threads = 1;  // that there are
  double seconds = 0;        // of the layer as it is shared without a search
};

/// `fair` in so many parts for each of its threads; as it is if there is not work for all, or parts
/// would be shorter than layers that are worth sharing.
[[nodiscard]] runtime::Sharing in_parts(const ShareRoom& room, const runtime::Sharing& fair,
                                        std::int32_t per_thread);

/// Whether all layers gain by parts, of which each had one look: `log_ratios`, not empty, are of
/// their times in parts to those without. A few parts cost layers up to a seventh of their time on
/// cores that are alike, and save more where one is slower by a third.
[[nodiscard]] bool all_gain(std::span<const double> log_ratios);

/// `2 threads, 8 parts of rows`: as the tuning cache names it.
[[nodiscard]] std::string sharing_name(const runtime::Sharing& sharing);

/// What a search in `room` could have found under this name; none if nothing is called so.
[[nodiscard]] std::optional<runtime::Sharing> sharing_called(const std::string& name,
                                                             const ShareRoom& room);

/// How much longer the layer takes as `candidate` than as `incumbent`; none if nothing can be
/// measured now.
using CompareSharings = std::function<Result<std::optional<tuner::PairedRatio>>(
    const runtime::Sharing& incumbent, const runtime::Sharing& candidate)>;

struct FoundSharing {
  runtime::Sharing sharing;
  tuner::PairedRatio ratio;  // to the first; its blocks are those of all comparisons
};

/// Starts from `first` and keeps of each other sharing that is tried what gains 3 %:
///
///   Threads   1, 2, 4, .. and all, in as many parts each; one alone only for layers that are
///             short, or in parts: then cores differ
///   Cut       the other axis; then 2 and 4 parts for each thread, if they are no shorter than
///             layers that are worth it; no more where the last were much slower
///
/// Without anything to try there are no blocks. None if a comparison could not be made. Errors:
/// those of `compare`.
[[nodiscard]] Result<std::optional<FoundSharing>> find_sharing(const ShareRoom& room,
                                                               const runtime::Sharing& first,
                                                               ShareQuestion question,
                                                               const CompareSharings& compare);

}  // namespace tilewright
