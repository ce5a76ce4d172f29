// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/residency_parts.h"

#include <map>
#include <numeric>

namespace tilewright::scheduler {
namespace {

/// Disjoint sets of numbers.
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i)
      i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace

std::vector<std::int64_t> gap_moments(const Timeline& line, std::size_t position) {
  const Gap& gap = line.gaps[position];
  const TimelineItem& item = line.items[static_cast<std::size_t>(gap.item)];
  std::vector<std::int64_t> moments;
  for_each_inner_moment(line, gap, [&](std::int64_t moment) { moments.push_back(moment); });
  if (!item.streamed) return moments;
  const std::int64_t end = gap.end % line.moments;
  for (const std::int64_t use : {gap.begin, end}) {
    const bool at_an_end = use == 0 || use == line.moments - 1;
    const bool seen = use == end && gap.begin == end && !moments.empty() && moments.back() == end;
    if (!at_an_end && !seen) moments.push_back(use);
  }
  return moments;
}

std::vector<std::int64_t> demands(const Timeline& line) {
  KeptUnits all;
  for (const Gap& gap : line.gaps)
    all.push_back(line.items[static_cast<std::size_t>(gap.item)].units);
  std::vector<std::int64_t> result = room_left(line, all);
  for (std::int64_t& units : result)
    units = -units;
  return result;
}

std::vector<ResidencyPart> residency_parts(const Timeline& line) {
  const std::vector<std::int64_t> demand = demands(line);
  const auto moments = static_cast<std::size_t>(line.moments);
  Groups groups(moments + line.gaps.size());
  std::vector<bool> crowded(line.gaps.size(), false);
  for (std::size_t i = 0; i < line.gaps.size(); ++i) {
    for (const std::int64_t moment : gap_moments(line, i)) {
      if (demand[static_cast<std::size_t>(moment)] <= 0) continue;
      crowded[i] = true;
      groups.join(moments + i, static_cast<std::size_t>(moment));
    }
  }
  for (const TimelineItem& item : line.items) {
    std::map<std::int32_t, std::size_t> first_of_version;
    for (std::size_t i = item.first_gap; i < item.first_gap + item.gap_count; ++i) {
      if (!crowded[i] || !line.gaps[i].dirty) continue;
      const auto [first, is_new] = first_of_version.emplace(line.gaps[i].version, i);
      if (!is_new) groups.join(moments + i, moments + first->second);
    }
  }
  std::vector<ResidencyPart> parts;
  std::map<std::size_t, std::size_t> part_of;
  for (std::size_t i = 0; i < line.gaps.size(); ++i) {
    if (!crowded[i]) continue;
    const auto [found, is_new] = part_of.emplace(groups.find(moments + i), parts.size());
    if (is_new) parts.emplace_back();
    parts[found->second].gaps.push_back(i);
  }
  for (std::size_t moment = 0; moment < moments; ++moment) {
    const auto found = part_of.find(groups.find(moment));
    if (demand[moment] > 0 && found != part_of.end()) {
      parts[found->second].moments.push_back(static_cast<std::int64_t>(moment));
    }
  }
  return parts;
}

}  // namespace tilewright::scheduler
