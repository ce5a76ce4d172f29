// SPDX-License-Identifier: Apache-2.0
// How a layer is shared best, found in a few comparisons: how many threads, then what is cut and
// into how many parts. No clock, no kernel.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
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

/// What a search may choose from.
struct ShareRoom {
  runtime::StepCuts cuts;    // of the layer by its kernel
  std::int32_t threads = 1;  // that there are
  double seconds = 0;        // of the layer as it is shared without a search
};

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
///   Threads   1, 2, 4, .. and all; one alone only for layers that are short
///   Cut       the other axis; then 2 and 4 parts for each thread, if they are no shorter than
///             layers that are worth it; no 4 where 2 are much slower
///
/// Without anything to try there are no blocks. None if a comparison could not be made. Errors:
/// those of `compare`.
[[nodiscard]] Result<std::optional<FoundSharing>> find_sharing(const ShareRoom& room,
                                                               const runtime::Sharing& first,
                                                               ShareQuestion question,
                                                               const CompareSharings& compare);

}  // namespace tilewright
