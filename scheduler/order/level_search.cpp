// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/level_search.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "scheduler/order/live_state.h"

namespace tilewright::scheduler {
namespace {

/// The best way to one executed set.
struct Way {
  std::vector<OpWord> executed;
  std::int64_t peak_bytes = 0;
  std::int64_t live_bytes = 0;
  std::size_t parent = 0;  // position in the level before
  std::int32_t op = -1;
};
using Level = std::vector<Way>;

class LevelSearch {
 public:
  LevelSearch(const OrderGraph& graph, std::int64_t budget_bytes)
      : graph_(graph), budget_bytes_(budget_bytes), state_(graph) {
    const auto executed = state_.executed();
    levels_.push_back({{{executed.begin(), executed.end()}, state_.live_bytes(), 0, 0, -1}});
  }

  LevelResult run(std::size_t max_states, LevelOverflow overflow) {
    for (std::int32_t count = 0; count < graph_.op_count(); ++count) {
      Level next = next_level();
      if (next.empty()) return {LevelOutcome::NoneInBudget, {}};
      if (next.size() > max_states) {
        if (overflow == LevelOverflow::GiveUp) return {LevelOutcome::TooManyStates, {}};
        std::stable_sort(next.begin(), next.end(), [](const Way& a, const Way& b) {
          return std::tuple(a.peak_bytes, a.live_bytes) < std::tuple(b.peak_bytes, b.live_bytes);
        });
        next.resize(max_states);
      }
      levels_.push_back(std::move(next));
    }
    return {LevelOutcome::Found, path()};
  }

 private:
  Level next_level() {
    std::map<std::vector<OpWord>, std::size_t> known;
    Level next;
    const Level& level = levels_.back();
    for (std::size_t i = 0; i < level.size(); ++i) {
      state_.move_to(level[i].executed);
      for_each_op(state_.ready(), [&](std::int32_t op) {
        const StepCost cost = state_.cost(op);
        Way way{level[i].executed, std::max(level[i].peak_bytes, cost.needed_bytes),
                cost.after_bytes, i, op};
        if (way.peak_bytes > budget_bytes_) return;
        flip_op(way.executed, op);
        const auto [place, is_new] = known.try_emplace(way.executed, next.size());
        if (is_new) {
          next.push_back(std::move(way));
        } else if (way.peak_bytes < next[place->second].peak_bytes) {
          next[place->second] = std::move(way);
        }
      });
    }
    return next;
  }

  [[nodiscard]] std::vector<std::int32_t> path() const {
    std::vector<std::int32_t> order;
    std::size_t position = 0;
    for (std::size_t level = levels_.size() - 1; level > 0; --level) {
      const Way& way = levels_[level][position];
      order.push_back(way.op);
      position = way.parent;
    }
    std::reverse(order.begin(), order.end());
    return order;
  }

  const OrderGraph& graph_;
  std::int64_t budget_bytes_;
  LiveState state_;
  std::vector<Level> levels_;
};

}  // namespace

LevelResult search_levels(const OrderGraph& graph, std::int64_t budget_bytes,
                          std::size_t max_states, LevelOverflow overflow) {
  return LevelSearch(graph, budget_bytes).run(max_states, overflow);
}

}  // namespace tilewright::scheduler
