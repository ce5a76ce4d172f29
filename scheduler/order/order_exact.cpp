// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_exact.h"

#include <algorithm>
#include <utility>

#include "scheduler/order/live_state.h"
#include "scheduler/order/order_greedy.h"
#include "scheduler/order/order_parts.h"

namespace tilewright::scheduler {
namespace {

constexpr std::int64_t kFirstStates = 1'000;
constexpr std::int64_t kGrowth = 4;

class Search {
 public:
  Search(const OrderGraph& reduced, OrderBounds bounds, const OrderLimits& limits,
         const OrderRules& rules)
      : forward_(reduced),
        backward_(mirrored(reduced)),
        state_(reduced),
        bounds_(std::move(bounds)),
        limits_(limits),
        rules_(rules) {}

  OrderBounds run() {
    for (std::int64_t states = kFirstStates; !done() && !stopped_; states *= kGrowth) {
      // Whatever is settled moves a bound: the same question is asked anew with the same limit.
      while (ask(bounds_.peak_bytes - 1, states) || ask(bounds_.lower_bound_bytes, states)) {
      }
    }
    return std::move(bounds_);
  }

 private:
  [[nodiscard]] bool done() const { return bounds_.lower_bound_bytes >= bounds_.peak_bytes; }

  /// Whether a decision about `budget_bytes` moved a bound and the gap is still open.
  bool ask(std::int64_t budget_bytes, std::int64_t max_states) {
    if (done()) return false;
    if (decide(forward_, Direction::Forward, budget_bytes, max_states)) return !done();
    if (!rules_.backward) return false;
    return decide(backward_, Direction::Backward, budget_bytes, max_states) && !done();
  }

  enum class Direction : std::uint8_t { Forward, Backward };

  bool decide(const OrderGraph& graph, Direction direction, std::int64_t budget_bytes,
              std::int64_t max_states) {
    const std::int64_t left = limits_.max_states - bounds_.states;
    const OrderLimits limits{std::min(max_states, left), limits_.max_table_bytes, limits_.deadline};
    OrderDecision found = decide_in_parts(graph, {.budget_bytes = budget_bytes}, limits, rules_);
    bounds_.states += found.states;
    switch (found.verdict) {
      case Verdict::Unknown:
        // Stopped by the table's size or the clock, a greater limit would not help either.
        stopped_ = stopped_ || found.states < max_states;
        return false;
      case Verdict::Impossible:
        bounds_.lower_bound_bytes = std::min(found.least_refused_bytes, bounds_.peak_bytes);
        return true;
      case Verdict::Descended:  // an answer to questions about valleys alone
      case Verdict::Possible:
        break;
    }
    take(std::move(found.order), direction);
    return true;
  }

  void take(std::vector<std::int32_t> order, Direction direction) {
    if (direction == Direction::Backward) {
      std::reverse(order.begin(), order.end());
      for (std::int32_t& op : order)
        op = forward_.op_count() - 1 - op;
    }
    bounds_.peak_bytes = order_peak_bytes(state_, order);
    bounds_.order = members_in_order(forward_, order);
  }

  const OrderGraph& forward_;
  OrderGraph backward_;
  LiveState state_;
  OrderBounds bounds_;
  const OrderLimits& limits_;
  const OrderRules& rules_;
  bool stopped_ = false;
};

}  // namespace

OrderBounds search_order(const OrderGraph& reduced, OrderBounds bounds, const OrderLimits& limits,
                         const OrderRules& rules) {
  return Search(reduced, std::move(bounds), limits, rules).run();
}

}  // namespace tilewright::scheduler
