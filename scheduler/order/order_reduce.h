// SPDX-License-Identifier: Apache-2.0
// A smaller graph of the same least peak: ops that may as well run one right after the other become
// one, and equal ops get a fixed order.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

struct ReduceRules {
  bool joins = true;
  bool twins = true;
};

/// Why two ops were joined.
enum class JoinKind : std::uint8_t {
  Forward,   // the second waits for the first alone, and is a free move after it
  Backward,  // the first is waited for by the second alone, and is a free move in reversed time
};

/// The joined op `first`, then `second`: both are named by their first member.
struct Join {
  std::int32_t first = 0;
  std::int32_t second = 0;
  JoinKind kind{};
};

struct ReducedGraph {
  OrderGraph graph;         // ops numbered so that each waits only for lower ones
  std::vector<Join> joins;  // in the order they were made
};

/// Reduces `graph`, whose ops have one step each and of which `order` is a topological order. The
/// members of the new ops are ops of `graph`.
///
/// Forward join: `b` waits for `a` alone, never leaves more memory than it finds, and never needs
/// more than `a` did; so it may run at once. Backward join: only `b` waits for `a`, which never
/// leaves less memory than it finds and never needs more than `b` does after it; so it may wait
/// until `b` is about to run. Repeated, chains become one op between a valley and the next.
/// Related: Liu, An application of generalized tree pebbling to sparse matrix factorization, 1987.
[[nodiscard]] ReducedGraph reduce_graph(const OrderGraph& graph,
                                        const std::vector<std::int32_t>& order,
                                        const ReduceRules& rules);

}  // namespace tilewright::scheduler
