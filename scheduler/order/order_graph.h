// SPDX-License-Identifier: Apache-2.0
// A problem as the order search sees it: dense numbers, no constants, no names, and the same from
// both ends.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/dependencies.h"
#include "scheduler/matching.h"
#include "scheduler/problem.h"

namespace tilewright::scheduler {

/// In the place of an op, none.
inline constexpr std::int32_t kNoOp = -1;

/// Lives once any opener has run, or from the start, until all closers have, or to the end.
struct OrderStorage {
  std::int64_t bytes = 0;                  // aligned; 0 if it never lives
  bool open_at_start = false;              // an input
  bool stays_open = false;                 // an output
  std::vector<std::int32_t> openers = {};  // its writers; its readers if nobody writes it
  std::vector<std::int32_t> closers = {};  // its readers; its writers if nobody reads it
};

/// Each op of `later` runs after all of `earlier`.
struct OrderWait {
  std::vector<std::int32_t> earlier = {};
  std::vector<std::int32_t> later = {};
};

/// One op of the problem: opens storages, runs, closes storages.
struct OrderStep {
  std::int64_t scratch_bytes = 0;
  std::vector<std::int32_t> opens = {};
  std::vector<std::int32_t> closes = {};
  std::vector<WeightedPair> pairs = {};  // in-place pairs whose read is allowed to die
};

/// Steps that run one right after the other: one, unless ops were joined. A storage is opened by
/// the first of them that touches it and closed by the last.
struct OrderOp {
  std::vector<OrderStep> steps = {};
  std::vector<std::int32_t> waits = {};     // positions of waits that hold it in `later`
  std::vector<std::int32_t> releases = {};  // positions of waits that hold it in `earlier`
  std::vector<std::int32_t> members = {};   // positions in the problem, in running order
};

/// Storages have the positions of the problem's list; ops as well, unless said otherwise.
struct OrderGraph {
  std::vector<OrderStorage> storages = {};
  std::vector<OrderOp> ops = {};
  std::vector<OrderWait> waits = {};

  [[nodiscard]] std::int32_t op_count() const { return static_cast<std::int32_t>(ops.size()); }
};

[[nodiscard]] OrderGraph order_graph(const Problem& problem, const Dependencies& dependencies);

/// The same graph with time reversed: op i is op n - 1 - i, openers are closers, reads are writes.
/// Orders read backwards are orders of it, with the same peak.
[[nodiscard]] OrderGraph mirrored(const OrderGraph& graph);

/// Sets `waits` and `releases` of all ops from the graph's waits.
void link_waits(OrderGraph& graph);

/// Calls `f` with each op that `op` waits for; some may come more than once.
template <typename F>
void for_each_cause(const OrderGraph& graph, std::int32_t op, const F& f) {
  for (const std::int32_t wait : graph.ops[static_cast<std::size_t>(op)].waits) {
    for (const std::int32_t before : graph.waits[static_cast<std::size_t>(wait)].earlier)
      f(before);
  }
}

/// Calls `f` with each op that waits for `op`; some may come more than once.
template <typename F>
void for_each_follower(const OrderGraph& graph, std::int32_t op, const F& f) {
  for (const std::int32_t wait : graph.ops[static_cast<std::size_t>(op)].releases) {
    for (const std::int32_t after : graph.waits[static_cast<std::size_t>(wait)].later)
      f(after);
  }
}

/// Bytes alive before the first op.
[[nodiscard]] std::int64_t start_bytes(const OrderGraph& graph);

/// Bytes alive after the last op.
[[nodiscard]] std::int64_t end_bytes(const OrderGraph& graph);

/// A lower bound of every order's peak: the bytes before the first op, those after the last, and
/// the greatest operand set of an op, less all its credit. Of graphs without joined ops.
[[nodiscard]] std::int64_t operand_bound_bytes(const OrderGraph& graph);

/// The problem's ops in the running order of `order`, whose entries are ops of `graph`.
[[nodiscard]] std::vector<std::int32_t> members_in_order(const OrderGraph& graph,
                                                         const std::vector<std::int32_t>& order);

/// The ids of the problem's ops at these positions.
[[nodiscard]] std::vector<OpId> op_ids(const std::vector<std::int32_t>& order);

}  // namespace tilewright::scheduler
