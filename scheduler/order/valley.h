// SPDX-License-Identifier: Apache-2.0
// The executable set of least live memory between two others, by one minimum cut.
//
// Live memory is submodular on the sets of executed ops: each storage costs its bytes once any of
// its writers has run and repays them once all its readers have. Least memory is thus a closure
// problem: choosing an op forces the ops it waits for, storages are costs and profits.
// Source: Picard, Maximal closure of a graph and applications to combinatorial problems, 1976.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/order/live_state.h"
#include "scheduler/order/max_flow.h"

namespace tilewright::scheduler {

struct Valley {
  std::int64_t change_bytes = 0;  // live memory there, less that of the base: never above 0
  std::vector<OpWord> executed;   // the greatest set of least memory
};

/// Finds valleys; keeps its work space, so that many small searches are cheap.
class ValleyFinder {
 public:
  explicit ValleyFinder(const OrderGraph& graph);

  /// Least live memory over the executable sets that contain `base` and else only ops of `open`,
  /// which must not wait for ops outside both.
  [[nodiscard]] Valley find(std::span<const OpWord> base, std::span<const OpWord> open);

  /// The same while `running`, which is in neither set and waits for `base` alone, is about to run:
  /// what it opens counts as living, and what it closes earns their in-place credit once it is
  /// their last reader.
  [[nodiscard]] Valley find_before(std::span<const OpWord> base, std::span<const OpWord> open,
                                   std::int32_t running);

 private:
  void add_op(std::int32_t op);
  void add_storage(std::int32_t storage);
  void add_wait(std::int32_t wait);
  void add_opening(const OrderStorage& storage);
  void add_profit(const std::vector<std::int32_t>& closers, std::int64_t bytes,
                  std::int32_t ignored);
  void add_credits(std::int32_t running);
  void visit(std::int32_t storage);
  [[nodiscard]] bool in_base(std::int32_t op) const { return has_op(base_, op); }
  [[nodiscard]] std::int32_t node(std::int32_t op) const;

  const OrderGraph& graph_;
  FlowNetwork network_;
  std::span<const OpWord> base_;
  std::int32_t running_ = -1;
  std::int64_t profit_bytes_ = 0;  // of all ops chosen, before costs
  std::vector<std::int32_t> node_of_op_;
  std::vector<bool> seen_storage_;
  std::vector<bool> seen_wait_;
  std::vector<std::int32_t> ops_;
  std::vector<std::int32_t> storages_;
  std::vector<std::int32_t> waits_;
};

}  // namespace tilewright::scheduler
