// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_greedy.h"

#include <algorithm>
#include <tuple>

namespace tilewright::scheduler {
namespace {

/// Of the ops of `allowed`; empty: of all.
std::int32_t find_free_move(const LiveState& state, std::int64_t budget_bytes,
                            std::span<const OpWord> allowed) {
  std::int32_t found = kNoOp;
  for_each_op(state.ready(), [&](std::int32_t op) {
    if (found != kNoOp || (!allowed.empty() && !has_op(allowed, op))) return;
    const StepCost cost = state.cost(op);
    if (cost.after_bytes <= state.live_bytes() && cost.needed_bytes <= budget_bytes) found = op;
  });
  return found;
}

std::int32_t cheapest_op(const LiveState& state, std::int64_t budget_bytes) {
  std::int32_t best = kNoOp;
  std::tuple<std::int64_t, std::int64_t> best_key;
  for_each_op(state.ready(), [&](std::int32_t op) {
    const StepCost cost = state.cost(op);
    const std::tuple key(std::max(cost.needed_bytes, budget_bytes), cost.after_bytes);
    if (best != kNoOp && key >= best_key) return;
    best = op;
    best_key = key;
  });
  return best;
}

std::vector<std::int32_t> causes(const OrderGraph& graph, std::int32_t op) {
  std::vector<std::int32_t> result;
  for_each_cause(graph, op, [&](std::int32_t before) { result.push_back(before); });
  return result;
}

}  // namespace

void run_free_moves(LiveState& state, std::int64_t budget_bytes, std::vector<std::int32_t>& order) {
  run_free_moves(state, budget_bytes, {}, order);
}

void run_free_moves(LiveState& state, std::int64_t budget_bytes, std::span<const OpWord> allowed,
                    std::vector<std::int32_t>& order) {
  for (std::int32_t op = find_free_move(state, budget_bytes, allowed); op != kNoOp;
       op = find_free_move(state, budget_bytes, allowed)) {
    state.run(op);
    order.push_back(op);
  }
}

void complete_greedily(LiveState& state, std::int64_t budget_bytes,
                       std::vector<std::int32_t>& order) {
  run_free_moves(state, budget_bytes, order);
  while (!state.complete()) {
    const std::int32_t op = cheapest_op(state, budget_bytes);
    budget_bytes = std::max(budget_bytes, state.cost(op).needed_bytes);
    state.run(op);
    order.push_back(op);
    run_free_moves(state, budget_bytes, order);
  }
}

std::vector<std::int32_t> post_order(const OrderGraph& graph) {
  std::vector<std::int32_t> order;
  std::vector<bool> seen(graph.ops.size(), false);
  struct Visit {
    std::int32_t op = 0;
    std::vector<std::int32_t> causes;
    std::size_t next = 0;
  };
  std::vector<Visit> path;
  const auto enter = [&](std::int32_t op) {
    if (seen[static_cast<std::size_t>(op)]) return;
    seen[static_cast<std::size_t>(op)] = true;
    path.push_back({op, causes(graph, op), 0});
  };
  for (std::int32_t op = 0; op < graph.op_count(); ++op) {
    enter(op);
    while (!path.empty()) {
      Visit& visit = path.back();
      if (visit.next < visit.causes.size()) {
        enter(visit.causes[visit.next++]);
      } else {
        order.push_back(visit.op);
        path.pop_back();
      }
    }
  }
  return order;
}

std::int64_t order_peak_bytes(LiveState& state, const std::vector<std::int32_t>& order) {
  state.clear();
  std::int64_t peak_bytes = state.live_bytes();
  for (const std::int32_t op : order) {
    peak_bytes = std::max(peak_bytes, state.cost(op).needed_bytes);
    state.run(op);
  }
  return peak_bytes;
}

}  // namespace tilewright::scheduler
