// SPDX-License-Identifier: Apache-2.0
#include "lib/share_search.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lib/tuner/statistics.h"

namespace tilewright {
namespace {

using runtime::CutAxis;
using runtime::Sharing;

constexpr double kLeastShareGain = 0.03;
constexpr double kLeastGainOfAll = 0.1;
/// Layers that take longer than this always gain by a second thread on a core that is alike.
constexpr double kMostUnsureSeconds = 100e-6;
constexpr std::int32_t kPartsPerThread[] = {1, 2, 4};  // the first without a search

/// The numbers of threads that are worth a look, from those of `first` on.
std::vector<std::int32_t> thread_counts(const ShareRoom& room, const Sharing& first) {
  std::vector<std::int32_t> counts;
  const bool is_sure = room.seconds > kMostUnsureSeconds && first.parts == first.threads;
  for (std::int32_t count = is_sure ? 2 : 1; count < room.threads; count *= 2)
    counts.push_back(count);
  counts.push_back(room.threads);
  if (first.threads == 1) {
    std::erase(counts, 1);
    return counts;
  }
  std::erase_if(counts, [&](std::int32_t count) { return count >= first.threads; });
  std::ranges::reverse(counts);
  return counts;
}

class Search {
 public:
  Search(const ShareRoom& room, const Sharing& first, const CompareSharings& compare)
      : room_(room),
        compare_(compare),
        per_thread_(first.parts / first.threads),
        found_{.sharing = first, .ratio = {}} {}

  Result<std::optional<FoundSharing>> run(ShareQuestion question) {
    TILEWRIGHT_RETURN_IF_ERROR(question == ShareQuestion::Threads ? try_threads() : try_cuts());
    if (is_disturbed_) return std::optional<FoundSharing>();
    return std::optional(found_);
  }

 private:
  Status try_threads() {
    for (const std::int32_t threads : thread_counts(room_, found_.sharing)) {
      TILEWRIGHT_RETURN_IF_ERROR(
          try_sharing(in_parts(room_, fair_sharing(room_.cuts, threads), per_thread_)));
    }
    return ok();
  }

  Status try_cuts() {
    if (found_.sharing.threads == 1) return ok();
    TILEWRIGHT_RETURN_IF_ERROR(try_other_axis());
    return try_parts();
  }

  Status try_other_axis() {
    Sharing other = found_.sharing;
    other.axis = other.axis == CutAxis::Rows ? CutAxis::Columns : CutAxis::Rows;
    return try_sharing(other);
  }

  Status try_parts() {
    for (const std::int32_t per_thread : kPartsPerThread) {
      Sharing finer = found_.sharing;
      finer.parts = finer.threads * per_thread;
      if (room_.seconds * std::exp(found_.ratio.log_ratio) < kLeastSharedSeconds * per_thread)
        break;
      TILEWRIGHT_RETURN_IF_ERROR(try_sharing(finer));
      if (last_log_ratio_ >= kMuchSlower && finer.parts > found_.sharing.parts) break;
    }
    return ok();
  }

  Status try_sharing(const Sharing& candidate) {
    last_log_ratio_ = 0;
    if (is_disturbed_ || candidate == found_.sharing || !room_.cuts.allows(candidate)) return ok();
    TILEWRIGHT_TRY(const std::optional<tuner::PairedRatio> ratio,
                   compare_(found_.sharing, candidate));
    if (!ratio) {
      is_disturbed_ = true;
      return ok();
    }
    last_log_ratio_ = ratio->log_ratio;
    found_.ratio.blocks += ratio->blocks;
    if (ratio->log_ratio <= -kLeastShareGain) {
      found_.sharing = candidate;
      found_.ratio.log_ratio += ratio->log_ratio;
      found_.ratio.deviation = std::hypot(found_.ratio.deviation, ratio->deviation);
    }
    return ok();
  }

  const ShareRoom& room_;
  const CompareSharings& compare_;
  std::int32_t per_thread_;  // parts before the search
  FoundSharing found_;
  double last_log_ratio_ = 0;
  bool is_disturbed_ = false;
};

}  // namespace

Sharing in_parts(const ShareRoom& room, const Sharing& fair, std::int32_t per_thread) {
  if (fair.threads == 1 || room.seconds < kLeastSharedSeconds * per_thread) return fair;
  const Sharing finer{fair.threads, fair.threads * per_thread, fair.axis};
  return room.cuts.allows(finer) ? finer : fair;
}

bool all_gain(std::span<const double> log_ratios) {
  return tuner::median(log_ratios) <= -kLeastGainOfAll;
}

std::string sharing_name(const Sharing& sharing) {
  if (sharing.parts == 1) return "1 thread";
  return std::to_string(sharing.threads) + " threads, " + std::to_string(sharing.parts) +
         " parts of " + (sharing.axis == CutAxis::Rows ? "rows" : "columns");
}

std::optional<Sharing> sharing_called(const std::string& name, const ShareRoom& room) {
  for (std::int32_t threads = 1; threads <= room.threads; ++threads) {
    for (const std::int32_t per_thread : kPartsPerThread) {
      for (const CutAxis axis : {CutAxis::Rows, CutAxis::Columns}) {
        const Sharing sharing{threads, threads * per_thread, axis};
        if (room.cuts.allows(sharing) && sharing_name(sharing) == name) return sharing;
      }
    }
  }
  return std::nullopt;
}

Result<std::optional<FoundSharing>> find_sharing(const ShareRoom& room, const Sharing& first,
                                                 ShareQuestion question,
                                                 const CompareSharings& compare) {
  return Search(room, first, compare).run(question);
}

}  // namespace tilewright
