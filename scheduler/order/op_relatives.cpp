// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/op_relatives.h"

namespace tilewright::scheduler {
namespace {

/// The ops reachable from `op`, itself left out, where `next(op, visit)` visits its neighbours.
template <typename F>
std::vector<OpWord> reachable(const OrderGraph& graph, std::int32_t op, const F& next) {
  std::vector<OpWord> found(word_count(graph.op_count()), 0);
  std::vector<std::int32_t> stack{op};
  while (!stack.empty()) {
    const std::int32_t from = stack.back();
    stack.pop_back();
    next(from, [&](std::int32_t to) {
      if (has_op(found, to)) return;
      flip_op(found, to);
      stack.push_back(to);
    });
  }
  return found;
}

}  // namespace

OpRelatives op_relatives(const OrderGraph& graph, std::int32_t op) {
  OpRelatives result;
  result.before = reachable(
      graph, op, [&](std::int32_t from, const auto& visit) { for_each_cause(graph, from, visit); });
  result.after = reachable(graph, op, [&](std::int32_t from, const auto& visit) {
    for_each_follower(graph, from, visit);
  });
  for (std::size_t i = 0; i < result.before.size(); ++i)
    result.neither.push_back(~(result.before[i] | result.after[i]));
  flip_op(result.neither, op);
  const std::int32_t used_bits = graph.op_count() % 64;
  if (used_bits != 0) result.neither.back() &= (OpWord{1} << used_bits) - 1;
  return result;
}

}  // namespace tilewright::scheduler
