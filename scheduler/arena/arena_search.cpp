// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_search.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "scheduler/arena/refuted_states.h"

namespace tilewright::scheduler {
namespace {

constexpr std::int64_t kNoBytes = std::numeric_limits<std::int64_t>::max();
constexpr std::int32_t kNoBlock = -1;
constexpr std::size_t kMaxRefutedWords = std::size_t{1} << 21;
constexpr std::size_t kMaxKeyWords = 128;    // longer keys hardly ever come back
constexpr std::int64_t kNodesPerLook = 256;  // between looks at the cancel flag

struct Range {
  std::int32_t first = 0;  // sections, both included
  std::int32_t last = 0;
};

std::size_t at(std::int32_t i) {
  return static_cast<std::size_t>(i);
}

class PartSearch {
 public:
  PartSearch(const ArenaPart& part, std::int64_t capacity_bytes, const ArenaStrategy& strategy,
             const FitLimits& limits, const ArenaRules& rules)
      : part_(part),
        capacity_bytes_(capacity_bytes),
        strategy_(strategy),
        limits_(limits),
        rules_(rules),
        floor_(part.sections.size(), 0),
        rest_(part.sections.size(), 0),
        crossing_(part.sections.size(), 0),
        lowest_(part.blocks.size(), 0),
        offset_(part.blocks.size(), -1),
        twin_(part.blocks.size(), kNoBlock),
        rank_(block_ranks(part, strategy)),
        refuted_(kMaxRefutedWords) {
    list_blocks();
    list_least_bytes();
    if (rules.twins) find_twins();
  }

  FitResult run() {
    const Range all{0, static_cast<std::int32_t>(floor_.size()) - 1};
    for (std::size_t i = 0; i < part_.blocks.size(); ++i) {
      const PartBlock& block = part_.blocks[i];
      if (!block.pinned_offset) continue;
      lowest_[i] = *block.pinned_offset;
      if (lowest_[i] + block.max_bytes > capacity_bytes_) return {Fit::Impossible};
    }
    const Fit fit = lift_floors(all) ? solve(all) : Fit::Impossible;
    FitResult result{fit, {}, nodes_};
    if (fit == Fit::Fits) result.offsets = offset_;
    return result;
  }

 private:
  struct Entry {
    std::int32_t block = 0;
    std::int64_t bytes = 0;
  };

  [[nodiscard]] const PartBlock& block(std::int32_t i) const { return part_.blocks[at(i)]; }
  [[nodiscard]] bool is_placed(std::int32_t i) const { return offset_[at(i)] >= 0; }
  [[nodiscard]] Range sections_of(std::int32_t i) const {
    const std::int32_t first = block(i).first_section;
    return {first, first + static_cast<std::int32_t>(block(i).bytes.size()) - 1};
  }
  [[nodiscard]] bool is_in(std::int32_t i, std::int32_t section) const {
    const Range range = sections_of(i);
    return range.first <= section && section <= range.last &&
           block(i).bytes[at(section - range.first)] > 0;
  }
  [[nodiscard]] bool may_come_next(std::int32_t i) const {
    return twin_[at(i)] == kNoBlock || is_placed(twin_[at(i)]);
  }

  /// The blocks of each section, those tried first before the others.
  void list_blocks() {
    for (std::size_t s = 0; s < part_.sections.size(); ++s) {
      std::vector<Entry> entries;
      for (const SectionBlock& entry : part_.sections[s]) {
        rest_[s] += entry.bytes;
        if (entry.bytes > 0) entries.push_back({entry.block, entry.bytes});
      }
      std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
        return rank_[at(a.block)] < rank_[at(b.block)];
      });
      blocks_of_.push_back(std::move(entries));
    }
    for (std::size_t i = 0; i < part_.blocks.size(); ++i)
      count_crossing(static_cast<std::int32_t>(i), 1);
  }

  void count_crossing(std::int32_t i, std::int32_t change) {
    const Range range = sections_of(i);
    for (std::int32_t s = range.first; s < range.last; ++s)
      crossing_[at(s)] += change;
  }

  void list_least_bytes() {
    for (const PartBlock& block : part_.blocks) {
      std::int64_t least_bytes = kNoBytes;
      for (const std::int64_t bytes : block.bytes) {
        if (bytes > 0) least_bytes = std::min(least_bytes, bytes);
      }
      least_bytes_.push_back(least_bytes);
    }
  }

  /// Links each block to the equal one of the next lower rank.
  void find_twins() {
    std::vector<std::int32_t> order(rank_.size());
    for (std::size_t i = 0; i < rank_.size(); ++i)
      order[at(rank_[i])] = static_cast<std::int32_t>(i);
    for (std::size_t i = 0; i < order.size(); ++i) {
      const PartBlock& a = block(order[i]);
      for (std::size_t j = i; j-- > 0;) {
        const PartBlock& b = block(order[j]);
        if (a.first_section != b.first_section || a.bytes != b.bytes) continue;
        if (a.pinned_offset || b.pinned_offset) continue;
        twin_[at(order[i])] = order[j];
        break;
      }
    }
  }

  /// Raises floors to the lowest unplaced block; false if some section is overfull.
  bool lift_floors(Range range) {
    for (std::int32_t s = range.first; s <= range.last; ++s) {
      if (rest_[at(s)] == 0) continue;
      if (rules_.floors) {
        std::int64_t lowest = kNoBytes;
        for (const Entry& entry : blocks_of_[at(s)]) {
          if (!is_placed(entry.block)) lowest = std::min(lowest, lowest_[at(entry.block)]);
        }
        if (lowest > floor_[at(s)]) raise(floor_[at(s)], lowest);
      }
      if (floor_[at(s)] + rest_[at(s)] > capacity_bytes_) return false;
    }
    return true;
  }

  /// Lifts the blocks that stand on the floors of `raised`; false if something no longer fits.
  bool lift_blocks(Range raised) {
    Range touched = raised;
    for (std::int32_t s = raised.first; s <= raised.last; ++s) {
      for (const Entry& entry : blocks_of_[at(s)]) {
        const std::int32_t i = entry.block;
        if (is_placed(i) || lowest_[at(i)] >= floor_[at(s)]) continue;
        raise(lowest_[at(i)], floor_[at(s)]);
        if (block(i).pinned_offset) return false;
        if (lowest_[at(i)] + block(i).max_bytes > capacity_bytes_) return false;
        const Range range = sections_of(i);
        touched = {std::min(touched.first, range.first), std::max(touched.last, range.last)};
      }
    }
    return lift_floors(touched);
  }

  /// Solves each stretch of sections that no unplaced block leaves; the narrowest first.
  Fit solve(Range range) {
    std::vector<Range> stretches;
    std::int32_t first = range.first;
    bool has_blocks = false;
    for (std::int32_t s = range.first; s <= range.last; ++s) {
      has_blocks = has_blocks || rest_[at(s)] > 0;
      if (s < range.last && (crossing_[at(s)] > 0 || !rules_.splits)) continue;
      if (has_blocks) stretches.push_back({first, s});
      first = s + 1;
      has_blocks = false;
    }
    std::stable_sort(stretches.begin(), stretches.end(), [](const Range& a, const Range& b) {
      return a.last - a.first < b.last - b.first;
    });
    for (const Range& stretch : stretches) {
      const Fit fit = solve_remembering(stretch);
      if (fit != Fit::Fits) return fit;
    }
    return Fit::Fits;
  }

  Fit solve_remembering(Range range) {
    if (!rules_.nogoods || !make_key(range)) return solve_stretch(range);
    if (refuted_.contains(key_)) return Fit::Impossible;
    const std::vector<std::int64_t> key = key_;
    const Fit fit = solve_stretch(range);
    if (fit == Fit::Impossible) refuted_.add(key);
    return fit;
  }

  /// What a stretch depends on: its floors and its unplaced blocks. False if that is too long.
  bool make_key(Range range) {
    key_.assign({range.first, range.last});
    for (std::int32_t s = range.first; s <= range.last; ++s) {
      if (rest_[at(s)] == 0) continue;
      key_.push_back(floor_[at(s)]);
      for (const Entry& entry : blocks_of_[at(s)]) {
        const bool is_new = s == range.first || !is_in(entry.block, s - 1);
        if (is_new && !is_placed(entry.block)) key_.push_back(~std::int64_t{entry.block});
      }
      if (key_.size() > kMaxKeyWords) return false;
    }
    return true;
  }

  struct Choice {
    std::int32_t section = 0;
    std::int64_t floor = 0;
    std::int64_t hole_top = kNoBytes;  // none if no hole may be left
  };

  /// The section to decide next; none if one of the lowest cannot be filled.
  std::optional<Choice> choose(Range range) {
    std::int64_t floor = kNoBytes;
    for (std::int32_t s = range.first; s <= range.last; ++s) {
      if (rest_[at(s)] > 0) floor = std::min(floor, floor_[at(s)]);
    }
    std::optional<Choice> best;
    double best_key = 0;
    for (std::int32_t s = range.first; s <= range.last; ++s) {
      if (rest_[at(s)] == 0 || floor_[at(s)] != floor) continue;
      SectionView view = look(s, floor);
      // The hole's height costs more than all else: it is found out only where it may decide.
      const bool may_decide = view.choices <= 1;
      const bool has_hole = may_decide ? hole_top(s, floor) != kNoBytes : view.slack_bytes > 0;
      view.choices += has_hole ? 1 : 0;
      if (view.choices == 0) return std::nullopt;
      const double key = section_key(strategy_.sections, view, capacity_bytes_);
      if (best && key >= best_key) continue;
      best = {s, floor};
      best_key = key;
      if (view.choices == 1) break;
    }
    if (best) best->hole_top = hole_top(best->section, floor);
    return best;
  }

  [[nodiscard]] SectionView look(std::int32_t s, std::int64_t floor) const {
    SectionView view{0, 0, capacity_bytes_ - floor - rest_[at(s)], rest_[at(s)],
                     blocks_of_[at(s)].size()};
    for (const Entry& entry : blocks_of_[at(s)]) {
      const std::int32_t i = entry.block;
      if (is_placed(i) || lowest_[at(i)] != floor || !may_come_next(i)) continue;
      if (view.choices++ == 0) view.first_rank = rank_[at(i)];
    }
    return view;
  }

  /// The least height at which a block of section `s` can lie if none lies on its floor.
  [[nodiscard]] std::int64_t hole_top(std::int32_t s, std::int64_t floor) const {
    const std::int64_t limit = capacity_bytes_ - rest_[at(s)];
    if (limit <= floor) return kNoBytes;
    std::int64_t top = kNoBytes;
    for (const Entry& entry : blocks_of_[at(s)]) {
      const std::int32_t i = entry.block;
      if (is_placed(i)) continue;
      if (lowest_[at(i)] > floor) {
        top = std::min(top, lowest_[at(i)]);
      } else if (block(i).pinned_offset) {
        return kNoBytes;
      } else {
        top = std::min(top, rules_.holes ? next_rest(i, s, top) : above(floor + 1));
      }
    }
    return top <= limit ? top : kNoBytes;
  }

  [[nodiscard]] std::int64_t above(std::int64_t bytes) const {
    return round_up(bytes, part_.alignment_bytes);
  }

  /// The least top, if below `top`, of an unplaced block on which `i` could rest and which is not
  /// in section `s`: of those in `s`, none would lie below the lowest.
  [[nodiscard]] std::int64_t next_rest(std::int32_t i, std::int32_t s, std::int64_t top) const {
    for (const std::int32_t other : block(i).neighbours) {
      if (is_placed(other)) continue;
      const std::int64_t rest = lowest_[at(other)] + least_bytes_[at(other)];
      if (rest < top && !is_in(other, s)) top = above(rest);
    }
    return top;
  }

  [[nodiscard]] bool count_node() {
    ++nodes_;
    if (nodes_ % kNodesPerLook == 0) {
      const bool cancelled = limits_.cancelled != nullptr && *limits_.cancelled;
      const bool late = limits_.deadline && std::chrono::steady_clock::now() >= *limits_.deadline;
      stopped_ = stopped_ || cancelled || late;
    }
    return nodes_ <= limits_.max_nodes && !stopped_;
  }

  Fit solve_stretch(Range range) {
    const std::optional<Choice> choice = choose(range);
    if (!choice) return Fit::Impossible;
    const Mark mark{changes_.size(), placed_.size()};
    for (const Entry& entry : blocks_of_[at(choice->section)]) {
      const std::int32_t i = entry.block;
      if (is_placed(i) || lowest_[at(i)] != choice->floor || !may_come_next(i)) continue;
      if (!count_node()) return Fit::Unknown;
      const Fit fit = place(i, choice->floor) ? solve(range) : Fit::Impossible;
      if (fit != Fit::Impossible) return fit;
      undo(mark);
    }
    if (choice->hole_top == kNoBytes) return Fit::Impossible;
    if (!count_node()) return Fit::Unknown;
    raise(floor_[at(choice->section)], choice->hole_top);
    const bool fits = lift_blocks({choice->section, choice->section});
    const Fit fit = fits ? solve(range) : Fit::Impossible;
    if (fit == Fit::Impossible) undo(mark);
    return fit;
  }

  struct Change {
    std::int64_t* place = nullptr;
    std::int64_t before = 0;
  };

  /// Sets a floor or a lowest offset so that `undo` can take it back.
  void raise(std::int64_t& place, std::int64_t value) {
    changes_.push_back({&place, place});
    place = value;
  }

  struct Mark {
    std::size_t changes = 0;
    std::size_t placed = 0;
  };

  /// Takes back all raises and placements since `mark`.
  void undo(Mark mark) {
    for (; changes_.size() > mark.changes; changes_.pop_back())
      *changes_.back().place = changes_.back().before;
    for (; placed_.size() > mark.placed; placed_.pop_back())
      remove(placed_.back());
  }

  bool place(std::int32_t i, std::int64_t offset) {
    offset_[at(i)] = offset;
    placed_.push_back(i);
    const Range range = sections_of(i);
    for (std::int32_t s = range.first; s <= range.last; ++s) {
      const std::int64_t bytes = block(i).bytes[at(s - range.first)];
      if (bytes == 0) continue;
      rest_[at(s)] -= bytes;
      raise(floor_[at(s)], above(offset + bytes));
    }
    count_crossing(i, -1);
    return lift_blocks(range);
  }

  void remove(std::int32_t i) {
    offset_[at(i)] = -1;
    const Range range = sections_of(i);
    for (std::int32_t s = range.first; s <= range.last; ++s)
      rest_[at(s)] += block(i).bytes[at(s - range.first)];
    count_crossing(i, 1);
  }

  const ArenaPart& part_;
  std::int64_t capacity_bytes_;
  const ArenaStrategy& strategy_;
  const FitLimits& limits_;
  const ArenaRules& rules_;
  std::vector<std::int64_t> floor_;     // per section: nothing unplaced lies below
  std::vector<std::int64_t> rest_;      // per section: bytes of what is not placed
  std::vector<std::int32_t> crossing_;  // per section: unplaced blocks that go on in the next
  std::vector<std::int64_t> lowest_;    // per block: no placement to come is lower
  std::vector<std::int64_t> offset_;    // per block: -1 if not placed
  std::vector<std::int32_t> twin_;      // per block: an equal one to be placed before, or none
  std::vector<std::int32_t> rank_;
  std::vector<std::vector<Entry>> blocks_of_;  // per section, by rank
  std::vector<std::int64_t> least_bytes_;      // per block, of its sections
  RefutedStates refuted_;
  std::vector<std::int64_t> key_;
  std::vector<Change> changes_;
  std::vector<std::int32_t> placed_;  // in the order of placement
  std::int64_t nodes_ = 0;
  bool stopped_ = false;
};

}  // namespace

FitResult fit_part(const ArenaPart& part, std::int64_t capacity_bytes,
                   const ArenaStrategy& strategy, const FitLimits& limits,
                   const ArenaRules& rules) {
  return PartSearch(part, capacity_bytes, strategy, limits, rules).run();
}

}  // namespace tilewright::scheduler
