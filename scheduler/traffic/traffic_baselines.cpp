// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_baselines.h"

#include <algorithm>
#include <numeric>

#include "scheduler/traffic/residency_parts.h"

namespace tilewright::scheduler {
namespace {

std::int64_t units_of(const Timeline& line, std::size_t gap) {
  return item_of(line, gap).units;
}

enum class Evicts : std::uint8_t { Storages, Units };

/// Moment by moment: where too much is kept, the gap that ends last gives up first. What it gave up
/// it has given up from its beginning, since bytes cannot come back within a gap.
KeptUnits belady(const Timeline& line, Evicts evicts) {
  KeptUnits kept;
  for (std::size_t i = 0; i < line.gaps.size(); ++i)
    kept.push_back(units_of(line, i));
  std::vector<std::vector<std::size_t>> across(static_cast<std::size_t>(line.moments));
  for (std::size_t i = 0; i < line.gaps.size(); ++i) {
    for (const std::int64_t moment : gap_moments(line, i))
      across[static_cast<std::size_t>(moment)].push_back(i);
  }
  for (std::size_t moment = 0; moment < across.size(); ++moment) {
    std::vector<std::size_t>& gaps = across[moment];
    const auto end_from_here = [&](std::size_t gap) {
      const std::int64_t end = line.gaps[gap].end;
      return line.gaps[gap].begin > static_cast<std::int64_t>(moment) ? end - line.moments : end;
    };
    std::stable_sort(gaps.begin(), gaps.end(), [&](std::size_t a, std::size_t b) {
      return end_from_here(a) > end_from_here(b);
    });
    for (const std::size_t gap : gaps) {
      const std::int64_t excess = -room_left(line, kept)[moment];
      if (excess <= 0) break;
      const bool whole = item_of(line, gap).whole;
      const bool all = whole || evicts == Evicts::Storages;
      kept[gap] = all ? 0 : std::max<std::int64_t>(0, kept[gap] - excess);
    }
  }
  return kept;
}

/// Storages that are kept in all their gaps or in none.
class Pinning {
 public:
  explicit Pinning(const Timeline& line) : line_(line), kept_(line.gaps.size(), 0) {
    room_ = room_left(line, kept_);
    for (std::size_t i = 0; i < line.items.size(); ++i) {
      if (line.items[i].gap_count > 0) items_.push_back(i);
    }
  }

  KeptUnits run() {
    keep_what_always_fits();
    const std::size_t count = items_.size();
    if (count <= kMaxExhaustive) {
      best_saved_ = -1;
      search(0, 0);
      kept_ = best_;
      return kept_;
    }
    std::stable_sort(items_.begin(), items_.end(), [&](std::size_t a, std::size_t b) {
      return static_cast<double>(saved(a)) * static_cast<double>(area(b)) >
             static_cast<double>(saved(b)) * static_cast<double>(area(a));
    });
    for (const std::size_t item : items_) {
      if (fits(item)) set(item, line_.items[item].units);
    }
    return kept_;
  }

 private:
  static constexpr std::size_t kMaxExhaustive = 20;

  /// Storages that cross no crowded moment are kept without a choice.
  void keep_what_always_fits() {
    const std::vector<std::int64_t> demand = demands(line_);
    std::vector<std::size_t> competing;
    for (const std::size_t item : items_) {
      bool crowded = false;
      for_each_moment(item, [&](std::size_t moment) { crowded |= demand[moment] > 0; });
      if (crowded) competing.push_back(item);
    }
    std::vector<std::size_t> others;
    std::set_difference(items_.begin(), items_.end(), competing.begin(), competing.end(),
                        std::back_inserter(others));
    for (const std::size_t item : others)
      set(item, line_.items[item].units);
    items_ = std::move(competing);
  }

  template <typename Visit>
  void for_each_moment(std::size_t item, const Visit& visit) const {
    const TimelineItem& its = line_.items[item];
    for (std::size_t gap = its.first_gap; gap < its.first_gap + its.gap_count; ++gap) {
      for (const std::int64_t moment : gap_moments(line_, gap))
        visit(static_cast<std::size_t>(moment));
    }
  }

  void set(std::size_t item, std::int64_t units) {
    const TimelineItem& its = line_.items[item];
    for (std::size_t gap = its.first_gap; gap < its.first_gap + its.gap_count; ++gap)
      kept_[gap] = units;
    room_ = room_left(line_, kept_);
  }

  bool fits(std::size_t item) {
    set(item, line_.items[item].units);
    const bool all = std::all_of(room_.begin(), room_.end(), [](auto units) { return units >= 0; });
    set(item, 0);
    return all;
  }

  [[nodiscard]] std::int64_t saved(std::size_t item) const {
    const TimelineItem& its = line_.items[item];
    const bool dirty = line_.gaps[its.first_gap].dirty;
    return its.units * (static_cast<std::int64_t>(its.gap_count) + (dirty ? 1 : 0));
  }

  [[nodiscard]] std::int64_t area(std::size_t item) const {
    std::int64_t moments = 1;
    for_each_moment(item, [&](std::size_t) { ++moments; });
    return moments * line_.items[item].units;
  }

  void search(std::size_t position, std::int64_t saved_units) {
    if (position == items_.size()) {
      if (saved_units <= best_saved_) return;
      best_saved_ = saved_units;
      best_ = kept_;
      return;
    }
    std::int64_t most = saved_units;
    for (std::size_t i = position; i < items_.size(); ++i)
      most += saved(items_[i]);
    if (most <= best_saved_) return;
    const std::size_t item = items_[position];
    if (fits(item)) {
      set(item, line_.items[item].units);
      search(position + 1, saved_units + saved(item));
      set(item, 0);
    }
    search(position + 1, saved_units);
  }

  const Timeline& line_;
  KeptUnits kept_;
  std::vector<std::int64_t> room_;
  std::vector<std::size_t> items_;  // that compete
  KeptUnits best_;
  std::int64_t best_saved_ = -1;
};

/// First fit by falling size, each storage for its whole life.
class GreedyBanks {
 public:
  explicit GreedyBanks(const Timeline& line)
      : line_(line), kept_(line.gaps.size(), 0), room_(room_left(line, kept_)) {}

  KeptUnits run() {
    std::vector<std::size_t> items(line_.items.size());
    std::iota(items.begin(), items.end(), std::size_t{0});
    std::stable_sort(items.begin(), items.end(), [&](std::size_t a, std::size_t b) {
      return line_.items[a].units > line_.items[b].units;
    });
    for (const std::size_t item : items)
      place(item);
    return kept_;
  }

 private:
  struct Placed {
    std::vector<std::size_t> moments;  // ascending
    std::int64_t begin;
    std::int64_t end;
  };

  /// The part of the bank above `room_` belongs to the running op.
  void place(std::size_t item) {
    const TimelineItem& its = line_.items[item];
    if (its.gap_count == 0) return;
    std::vector<std::size_t> moments;
    for (std::size_t gap = its.first_gap; gap < its.first_gap + its.gap_count; ++gap) {
      for (const std::int64_t moment : gap_moments(line_, gap))
        moments.push_back(static_cast<std::size_t>(moment));
    }
    std::sort(moments.begin(), moments.end());
    std::int64_t offset = 0;
    for (bool moved = true; moved;) {
      moved = false;
      for (const Placed& other : placed_) {
        const bool apart = offset + its.units <= other.begin || other.end <= offset;
        if (apart || !share_moment(moments, other.moments)) continue;
        offset = other.end;
        moved = true;
      }
    }
    const bool fits = std::all_of(moments.begin(), moments.end(), [&](std::size_t moment) {
      return offset + its.units <= room_[moment];
    });
    if (!fits) return;
    placed_.push_back({std::move(moments), offset, offset + its.units});
    for (std::size_t gap = its.first_gap; gap < its.first_gap + its.gap_count; ++gap)
      kept_[gap] = its.units;
  }

  static bool share_moment(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
    return std::any_of(a.begin(), a.end(), [&](std::size_t moment) {
      return std::binary_search(b.begin(), b.end(), moment);
    });
  }

  const Timeline& line_;
  KeptUnits kept_;
  std::vector<std::int64_t> room_;
  std::vector<Placed> placed_;
};

}  // namespace

const char* to_string(TrafficBaseline baseline) {
  switch (baseline) {
    case TrafficBaseline::BeladyTensor:
      return "belady_tensor";
    case TrafficBaseline::BeladyByte:
      return "belady_byte";
    case TrafficBaseline::LifetimePinning:
      return "lifetime_pinning";
    case TrafficBaseline::GreedyBanks:
      return "greedy_banks";
  }
  return "unknown";
}

KeptUnits baseline_kept(const Timeline& line, TrafficBaseline baseline) {
  switch (baseline) {
    case TrafficBaseline::BeladyTensor:
      return belady(line, Evicts::Storages);
    case TrafficBaseline::BeladyByte:
      return belady(line, Evicts::Units);
    case TrafficBaseline::LifetimePinning:
      return Pinning(line).run();
    case TrafficBaseline::GreedyBanks:
      return GreedyBanks(line).run();
  }
  return {};
}

}  // namespace tilewright::scheduler
