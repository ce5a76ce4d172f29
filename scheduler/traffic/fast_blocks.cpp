// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/fast_blocks.h"

#include <algorithm>
#include <map>

namespace tilewright::scheduler {
namespace {

class Maker {
 public:
  Maker(const Problem& problem, const Timeline& line, std::span<const OpId> order,
        const KeptUnits& kept, Moving moving, Ahead ahead)
      : problem_(problem),
        line_(line),
        order_(order),
        kept_(kept),
        moving_(moving),
        ahead_(ahead) {}

  FastBlocks make() {
    for (const TimelineItem& item : line_.items)
      add_item(item);
    join_pairs();
    result_.arena.alignment_bytes = problem_.alignment_bytes;
    result_.arena.steps = line_.moments;
    add_blocks();
    add_working();
    return std::move(result_);
  }

 private:
  /// The bytes of `item` in each of its moments, by runs; runs that touch share a group.
  void add_item(const TimelineItem& item) {
    const std::size_t first = result_.stays.size();
    moves_ = may_move(item);
    for (std::size_t use = 0; use < item.uses.size(); ++use) {
      const std::int64_t moment = item.uses[use];
      const std::int64_t before = use > 0 ? kept_[item.first_gap + use - 1] : 0;
      add_stay(item, {moment, moment + 1}, held_units(line_, item, use, kept_), before);
      if (use >= item.gap_count) continue;
      const Gap& gap = line_.gaps[item.first_gap + use];
      const std::int64_t units = kept_[item.first_gap + use];
      add_stay(item, {gap.begin + 1, std::min(gap.end, line_.moments)}, units, units);
      wrapped_ = gap.end >= line_.moments ? units : 0;
    }
    if (item.gap_count == item.uses.size() && wrapped_ > 0) wrap(item, first);
  }

  [[nodiscard]] bool may_move(const TimelineItem& item) const {
    if (moving_ == Moving::None) return false;
    for (std::size_t gap = item.first_gap; gap < item.first_gap + item.gap_count; ++gap) {
      if (kept_[gap] > 0 && kept_[gap] < item.units) return true;
    }
    return false;
  }

  /// What crosses the end of a run of the program lies at the same place when the next one begins.
  void wrap(const TimelineItem& item, std::size_t first) {
    const std::size_t last_group = group_.back();
    const FastStay begin{item.storage, 0, item.uses.front(), wrapped_ * line_.unit_bytes};
    const bool touches =
        !moves_ && first < result_.stays.size() && result_.stays[first].begin == item.uses.front();
    const std::size_t first_group = touches ? group_[first] : last_group;
    for (std::size_t i = first; i < group_.size(); ++i) {
      if (group_[i] == first_group) group_[i] = last_group;
    }
    if (first < result_.stays.size() && result_.stays[first].begin == begin.end)
      result_.stays[first].carried_bytes = begin.bytes;
    result_.stays.insert(result_.stays.begin() + static_cast<std::ptrdiff_t>(first), begin);
    group_.insert(group_.begin() + static_cast<std::ptrdiff_t>(first), last_group);
  }

  void add_stay(const TimelineItem& item, const Lifetime& moments, std::int64_t units,
                std::int64_t carried) {
    if (moments.begin >= moments.end || units == 0) return;
    const bool touches = !moves_ && carried > 0 && !result_.stays.empty() &&
                         result_.stays.back().storage == item.storage &&
                         result_.stays.back().end == moments.begin;
    group_.push_back(touches ? group_.back() : groups_++);
    result_.stays.push_back({item.storage, moments.begin, moments.end, units * line_.unit_bytes, 0,
                             carried * line_.unit_bytes});
  }

  /// In-place pairs share an offset in their moment.
  void join_pairs() {
    std::map<OpId, std::int64_t> moment_of;
    for (std::size_t step = 0; step < order_.size(); ++step)
      moment_of[order_[step]] = static_cast<std::int64_t>(step) + 1;
    for (const InPlaceUse& use : line_.in_place_used) {
      const std::size_t read = stay_at(use.read, moment_of[use.op]);
      const std::size_t write = stay_at(use.write, moment_of[use.op]);
      const std::size_t from = group_[read];
      const std::size_t to = group_[write];
      std::replace(group_.begin(), group_.end(), from, to);
    }
  }

  [[nodiscard]] std::size_t stay_at(StorageId storage, std::int64_t moment) const {
    const auto& stays = result_.stays;
    const auto found = std::find_if(stays.begin(), stays.end(), [&](const FastStay& stay) {
      return stay.storage == storage && stay.begin <= moment && moment < stay.end;
    });
    return static_cast<std::size_t>(found - stays.begin());
  }

  void add_blocks() {
    std::map<std::size_t, std::size_t> block_of;  // group to block
    std::vector<std::map<std::int64_t, std::int64_t>> heights;
    for (std::size_t i = 0; i < result_.stays.size(); ++i) {
      FastStay& stay = result_.stays[i];
      const auto [block, is_new] = block_of.emplace(group_[i], heights.size());
      if (is_new) heights.emplace_back();
      stay.block = block->second;
      for (std::int64_t moment = stay.begin; moment < stay.end; ++moment) {
        std::int64_t& height = heights[block->second][moment];
        height = std::max(height, stay.bytes);
      }
    }
    if (ahead_ == Ahead::Yes) reserve_ahead(heights);
    for (const auto& by_moment : heights)
      result_.arena.blocks.push_back(block(by_moment));
  }

  /// Blocks that begin with a load take their place in the moment before as well, as far as there
  /// is room.
  void reserve_ahead(std::vector<std::map<std::int64_t, std::int64_t>>& heights) const {
    std::vector<std::int64_t> room = room_left(line_, kept_);
    std::vector<bool> is_loaded(heights.size(), false);
    for (const FastStay& stay : result_.stays) {
      const bool begins = heights[stay.block].begin()->first == stay.begin;
      is_loaded[stay.block] = is_loaded[stay.block] || (begins && is_load(stay));
    }
    for (std::size_t i = 0; i < heights.size(); ++i) {
      const auto [moment, bytes] = *heights[i].begin();
      if (!is_loaded[i] || moment < 2) continue;
      std::int64_t& units = room[static_cast<std::size_t>(moment - 1)];
      if (units * line_.unit_bytes < bytes) continue;
      units -= bytes / line_.unit_bytes;
      heights[i].emplace(moment - 1, bytes);
    }
  }

  /// Whether the first bytes of `stay` come from outside.
  [[nodiscard]] bool is_load(const FastStay& stay) const {
    const auto item =
        std::find_if(line_.items.begin(), line_.items.end(),
                     [&](const TimelineItem& other) { return other.storage == stay.storage; });
    return stay.carried_bytes == 0 && !item->streamed && !item->in_fast &&
           !(item->writes.front() && item->uses.front() == stay.begin);
  }

  /// A block whose pieces adjoin: where nothing is held in between its height is 0.
  static ArenaBlock block(const std::map<std::int64_t, std::int64_t>& heights) {
    ArenaBlock result;
    for (const auto& [moment, bytes] : heights) {
      std::vector<BlockPiece>& pieces = result.pieces;
      if (!pieces.empty() && pieces.back().end < moment) {
        pieces.push_back({pieces.back().end, moment, 0});
      }
      if (!pieces.empty() && pieces.back().bytes == bytes) {
        pieces.back().end = moment + 1;
      } else {
        pieces.push_back({moment, moment + 1, bytes});
      }
    }
    return result;
  }

  void add_working() {
    for (std::size_t step = 0; step < order_.size(); ++step) {
      const std::int64_t bytes = working_bytes(problem_, problem_.ops[index(order_[step])]);
      if (bytes == 0) continue;
      const auto moment = static_cast<std::int64_t>(step) + 1;
      ArenaBlock scratch;
      scratch.pieces.push_back({moment, moment + 1, bytes});
      scratch.scratch_of = order_[step];
      result_.arena.blocks.push_back(std::move(scratch));
    }
  }

  const Problem& problem_;
  const Timeline& line_;
  std::span<const OpId> order_;
  const KeptUnits& kept_;
  FastBlocks result_;
  std::vector<std::size_t> group_;  // per stay: those of one group share an offset
  Moving moving_;
  Ahead ahead_;
  bool moves_ = false;  // whether the current item may move
  std::size_t groups_ = 0;
  std::int64_t wrapped_ = 0;
};

}  // namespace

FastBlocks fast_blocks(const Problem& problem, const Timeline& line, std::span<const OpId> order,
                       const KeptUnits& kept, Moving moving, Ahead ahead) {
  return Maker(problem, line, order, kept, moving, ahead).make();
}

}  // namespace tilewright::scheduler
