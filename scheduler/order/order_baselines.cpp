// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_baselines.h"

#include <limits>

#include "scheduler/cost.h"
#include "scheduler/order/level_search.h"
#include "scheduler/order/live_state.h"
#include "scheduler/order/order_greedy.h"
#include "scheduler/order/order_reduce.h"

namespace tilewright::scheduler {
namespace {

// Beyond this many ops the baselines that look at every ready op take seconds.
constexpr std::size_t kMaxOrderedOps = 2'048;
constexpr std::size_t kBeamWidth = 64;
constexpr int kMaxBudgets = 24;

/// The order by levels under the soft budget; empty if none worked.
std::vector<std::int32_t> soft_budget_order(const OrderGraph& graph, std::int64_t hard_budget) {
  std::int64_t too_low = 0;
  std::int64_t too_high = 2 * hard_budget;
  std::int64_t budget = hard_budget;
  for (int i = 0; i < kMaxBudgets; ++i) {
    LevelResult found = search_levels(graph, budget, kMaxLevelStates, LevelOverflow::GiveUp);
    switch (found.outcome) {
      case LevelOutcome::Found:
        return std::move(found.order);
      case LevelOutcome::NoneInBudget:
        too_low = budget;
        break;
      case LevelOutcome::TooManyStates:
        too_high = budget;
        break;
    }
    budget = too_low + (too_high - too_low) / 2;
  }
  return {};
}

class Baselines {
 public:
  explicit Baselines(const Problem& problem)
      : problem_(problem), lists_(dependencies(problem)), graph_(order_graph(problem, lists_)) {}

  std::vector<OrderBaseline> run() {
    std::vector<std::int32_t> given;
    for (const OpId id : serialized_order(problem_, lists_))
      given.push_back(static_cast<std::int32_t>(index(id)));
    add("given_order", given);
    add("reverse_post_order", post_order(graph_));
    if (problem_.ops.size() > kMaxOrderedOps) return std::move(found_);
    LiveState state(graph_);
    std::vector<std::int32_t> greedy;
    complete_greedily(state, 0, greedy);
    add("greedy", greedy);

    const OrderGraph sorted = reduce_graph(graph_, given, {.joins = false, .twins = false}).graph;
    const auto by_levels = soft_budget_order(sorted, found_.front().peak_bytes);
    add("level_dp", by_levels.empty() ? given : members_in_order(sorted, by_levels));
    const OrderGraph joined = reduce_graph(graph_, given, {.joins = true, .twins = false}).graph;
    const auto any = std::numeric_limits<std::int64_t>::max();
    const LevelResult beam = search_levels(joined, any, kBeamWidth, LevelOverflow::KeepBest);
    add("sequence_beam", members_in_order(joined, beam.order));
    return std::move(found_);
  }

 private:
  void add(const char* name, const std::vector<std::int32_t>& order) {
    OrderBaseline baseline{name, {}, 0};
    for (const std::int32_t op : order)
      baseline.order.push_back(op_id(static_cast<std::size_t>(op)));
    baseline.peak_bytes = peak_bytes(problem_, lists_, baseline.order);
    found_.push_back(std::move(baseline));
  }

  const Problem& problem_;
  Dependencies lists_;
  OrderGraph graph_;
  std::vector<OrderBaseline> found_;
};

}  // namespace

std::vector<OrderBaseline> order_baselines(const Problem& problem) {
  return Baselines(problem).run();
}

}  // namespace tilewright::scheduler
