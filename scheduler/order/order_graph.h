// SPDX-License-Identifier: Apache-2.0
// A problem as the order search sees it: dense numbers, no constants, no names.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/dependencies.h"
#include "scheduler/matching.h"
#include "scheduler/problem.h"

namespace tilewright::scheduler {

struct OrderStorage {
  std::int64_t bytes = 0;  // aligned; 0 for a constant
  bool input = false;
  bool output = false;
  bool constant = false;
  std::vector<std::int32_t> writers;
  std::vector<std::int32_t> readers;
};

struct OrderOp {
  std::int64_t scratch_bytes = 0;
  std::int32_t causes = 0;  // written storages it reads, plus ops it follows
  std::vector<std::int32_t> reads;
  std::vector<std::int32_t> writes;
  std::vector<std::int32_t> after;
  std::vector<std::int32_t> followers;
  std::vector<WeightedPair> pairs;  // in-place pairs whose read is allowed to die
};

/// Positions are those of the problem's lists.
struct OrderGraph {
  std::vector<OrderStorage> storages;
  std::vector<OrderOp> ops;

  [[nodiscard]] std::int32_t op_count() const { return static_cast<std::int32_t>(ops.size()); }
};

[[nodiscard]] OrderGraph order_graph(const Problem& problem, const Dependencies& dependencies);

/// Bytes alive before the first op.
[[nodiscard]] std::int64_t start_bytes(const OrderGraph& graph);

/// Bytes alive after the last op.
[[nodiscard]] std::int64_t end_bytes(const OrderGraph& graph);

/// A lower bound of every order's peak: the bytes before the first op, those after the last, and
/// the greatest operand set of an op, less all its credit.
[[nodiscard]] std::int64_t operand_bound_bytes(const OrderGraph& graph);

}  // namespace tilewright::scheduler
