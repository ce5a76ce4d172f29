// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/keep_greedily.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace tilewright::scheduler {
namespace {

/// Room per moment that follows changes of single gaps.
class Room {
 public:
  Room(const Timeline& line, KeptUnits& kept)
      : line_(line), kept_(kept), room_(room_left(line, kept)) {}

  void change(std::size_t gap, std::int64_t units) {
    const std::int64_t before = kept_[gap];
    for_each_inner_moment(line_, line_.gaps[gap], [&](std::int64_t moment) {
      room_[static_cast<std::size_t>(moment)] -= units - before;
    });
    for_each_use(gap, [&](std::int64_t moment, std::int64_t other) {
      room_[static_cast<std::size_t>(moment)] -= std::max(units, other) - std::max(before, other);
    });
    kept_[gap] = units;
  }

  /// By how much `gap` may grow.
  std::int64_t spare(std::size_t gap) {
    std::int64_t units = item(gap).units - kept_[gap];
    for_each_inner_moment(line_, line_.gaps[gap], [&](std::int64_t moment) {
      units = std::min(units, room_[static_cast<std::size_t>(moment)]);
    });
    for_each_use(gap, [&](std::int64_t moment, std::int64_t other) {
      const std::int64_t hidden = std::max<std::int64_t>(0, other - kept_[gap]);
      units = std::min(units, room_[static_cast<std::size_t>(moment)] + hidden);
    });
    return std::max<std::int64_t>(0, units);
  }

  [[nodiscard]] std::optional<std::size_t> crowded_moment() const {
    const auto found =
        std::find_if(room_.begin(), room_.end(), [](std::int64_t units) { return units < 0; });
    if (found == room_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - room_.begin());
  }

  [[nodiscard]] std::int64_t at(std::size_t moment) const { return room_[moment]; }

 private:
  [[nodiscard]] const TimelineItem& item(std::size_t gap) const { return item_of(line_, gap); }

  /// The streamed uses at both ends of `gap` and what the gap on their other side keeps.
  template <typename Visit>
  void for_each_use(std::size_t gap, const Visit& visit) {
    const TimelineItem& its = item(gap);
    if (!its.streamed) return;
    const std::size_t use = gap - its.first_gap;
    const std::size_t next = (use + 1) % its.uses.size();
    const bool wraps = its.gap_count == its.uses.size();
    const auto kept_after = [&](std::size_t u) {
      return u < its.gap_count && its.first_gap + u != gap ? kept_[its.first_gap + u] : 0;
    };
    const std::size_t before = use > 0 ? use - 1 : (wraps ? its.gap_count - 1 : its.gap_count);
    visit_inside(its.uses[use], kept_after(before), visit);
    if (next != use) visit_inside(its.uses[next], kept_after(next), visit);
  }

  template <typename Visit>
  void visit_inside(std::int64_t moment, std::int64_t other, const Visit& visit) {
    if (moment != 0 && moment != line_.moments - 1) visit(moment, other);
  }

  const Timeline& line_;
  KeptUnits& kept_;
  std::vector<std::int64_t> room_;
};

bool takes_room(const Timeline& line, std::size_t gap, std::size_t moment) {
  const Gap& its = line.gaps[gap];
  const auto at = static_cast<std::int64_t>(moment);
  const bool streamed = line.items[static_cast<std::size_t>(its.item)].streamed;
  const auto covers = [&](std::int64_t m) {
    return streamed ? its.begin <= m && m <= its.end : its.begin < m && m < its.end;
  };
  return covers(at) || covers(at + line.moments);
}

}  // namespace

void make_fit(const Timeline& line, std::span<const std::size_t> gaps, KeptUnits& kept) {
  Room room(line, kept);
  for (std::size_t i = gaps.size(); i-- > 0;) {
    while (const auto moment = room.crowded_moment()) {
      if (kept[gaps[i]] == 0 || !takes_room(line, gaps[i], *moment)) break;
      const std::int64_t rest = kept[gaps[i]] + room.at(*moment);
      const bool whole = item_of(line, gaps[i]).whole;
      room.change(gaps[i], whole ? 0 : std::max<std::int64_t>(0, rest));
    }
  }
  if (!room.crowded_moment()) return;
  for (const std::size_t gap : gaps)
    room.change(gap, 0);
}

void keep_greedily(const Timeline& line, std::span<const std::size_t> gaps, KeptUnits& kept) {
  std::vector<std::size_t> sorted(gaps.begin(), gaps.end());
  std::sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) {
    const auto key = [&](std::size_t gap) {
      const Gap& its = line.gaps[gap];
      return std::tuple(!its.dirty, its.end - its.begin, gap);
    };
    return key(a) < key(b);
  });
  Room room(line, kept);
  for (const std::size_t gap : sorted) {
    const TimelineItem& item = item_of(line, gap);
    const std::int64_t more = room.spare(gap);
    if (more == 0 || (item.whole && kept[gap] + more < item.units)) continue;
    room.change(gap, kept[gap] + more);
  }
}

}  // namespace tilewright::scheduler
