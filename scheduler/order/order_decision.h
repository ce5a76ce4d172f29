// SPDX-License-Identifier: Apache-2.0
// Whether some order stays within a budget of bytes: the search behind every proof about orders.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// Each rule only saves work: with any of them off the value found is the same.
struct OrderRules {
  bool free_moves = true;  // run at once what frees memory and fits
  bool commits = true;     // go to the lowest valley for good once memory has fallen back
  bool joins = true;       // treat ops as one that may as well run one right after the other
  bool twins = true;       // fix the order of equal ops
  bool parts = true;       // search parts that share nothing apart; needs commits
  bool backward = true;    // search from the last op as well
  bool flow_bound = true;  // start from a bound by minimum cuts
  bool heuristics = true;  // start from the best order found without search
};

struct OrderLimits {
  std::int64_t max_states = 100'000;
  std::int64_t max_table_bytes = std::int64_t{32} << 20;
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
};

enum class Verdict : std::uint8_t {
  Possible,
  Impossible,
  Unknown,    // a limit was reached
  Descended,  // the question was about a valley, and there is one
};

struct OrderDecision {
  Verdict verdict = Verdict::Unknown;
  std::vector<std::int32_t> order;       // if possible, or the way to the valley: ops of the graph
  std::int64_t least_refused_bytes = 0;  // if impossible: no order has a smaller peak
  std::int64_t states = 0;               // expanded
};

/// A state that was given up for a valley above it: sets of ops as `LiveState` has them.
struct Commit {
  std::vector<std::uint64_t> from = {};
  std::vector<std::uint64_t> to = {};
};
using CommitLog = std::vector<Commit>;

/// What a search ends with, beside a complete order. Both need commits.
enum class SearchUntil : std::uint8_t {
  Complete,  // nothing else
  Split,     // a valley from which the ops that are left fall apart
  Valley,    // any valley with no more memory than the start; a complete order does not count
};

struct OrderQuestion {
  std::int64_t budget_bytes = 0;
  std::uint64_t seed = 0;  // others than 0 explore equal states in another order: other orders
  SearchUntil until = SearchUntil::Complete;
};

/// Decides whether an order of `graph` has a peak of at most the budget; ops must be numbered so
/// that each waits only for lower ones.
///
/// Free move: an op that leaves no more live memory than it finds, and needs no more than the
///   budget, loses nothing if it runs at once.
/// Commit: let S be reached from its ancestor A with mem(S) <= mem(A), and M the greatest set of
///   least memory between A and S. Every completion of A is as good from M: all else below A is
///   discarded. The ops of the path from A to S that lie in M lead to M within the budget.
///
/// Shallow states are expanded first, because the commits they lead to discard the most; every
/// fourth state is a deep one, because those lead to an order.
[[nodiscard]] OrderDecision decide_order(const OrderGraph& graph, const OrderQuestion& question,
                                         const OrderLimits& limits, const OrderRules& rules,
                                         CommitLog* log = nullptr);

}  // namespace tilewright::scheduler
