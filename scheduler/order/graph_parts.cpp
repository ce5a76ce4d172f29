// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/graph_parts.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tilewright::scheduler {
namespace {

using Ops = std::vector<std::int32_t>;
constexpr std::int32_t kNone = -1;

std::size_t at(std::int32_t position) {
  return static_cast<std::size_t>(position);
}

bool is_open(const OrderStorage& storage, std::span<const OpWord> executed) {
  return storage.open_at_start || std::ranges::any_of(storage.openers, [&](std::int32_t op) {
           return has_op(executed, op);
         });
}

/// Whether no op can open or close it any more.
bool is_settled(const OrderStorage& storage, std::span<const OpWord> executed) {
  return storage.bytes == 0 || (storage.stays_open && is_open(storage, executed));
}

/// Sets of ops that share something, joined pair by pair.
class Groups {
 public:
  Groups(const OrderGraph& graph, std::span<const OpWord> executed)
      : executed_(executed), parent_(graph.ops.size()) {
    std::iota(parent_.begin(), parent_.end(), 0);
    for (const OrderStorage& storage : graph.storages) {
      if (is_settled(storage, executed)) continue;
      join(join(kNone, storage.openers), storage.closers);
    }
    for (const OrderWait& wait : graph.waits)
      join_waiting(wait);
  }

  [[nodiscard]] std::int32_t find(std::int32_t op) {
    while (parent_[at(op)] != op) {
      parent_[at(op)] = parent_[at(parent_[at(op)])];
      op = parent_[at(op)];
    }
    return op;
  }

 private:
  /// Joins those of `ops` that have yet to run with each other and with `first`; returns one.
  std::int32_t join(std::int32_t first, const Ops& ops) {
    for (const std::int32_t op : ops) {
      if (has_op(executed_, op)) continue;
      if (first == kNone) {
        first = op;
      } else {
        parent_[at(find(op))] = find(first);
      }
    }
    return first;
  }

  /// All that wait for one op that has yet to run wait for the same ones.
  void join_waiting(const OrderWait& wait) {
    const std::int32_t first = join(kNone, wait.earlier);
    if (first != kNone) join(first, wait.later);
  }

  std::span<const OpWord> executed_;
  std::vector<std::int32_t> parent_;
};

/// Copies parts of one graph; keeps its tables between them.
class Cutter {
 public:
  Cutter(const OrderGraph& graph, std::span<const OpWord> executed)
      : graph_(graph), executed_(executed), op_of_(graph.ops.size(), kNone) {
    has_wait_.resize(graph.waits.size(), false);
    storage_of_.resize(graph.storages.size(), kNone);
  }

  GraphPart cut(Ops ops) {
    GraphPart part{{}, std::move(ops)};
    for (std::size_t i = 0; i < part.ops.size(); ++i)
      op_of_[at(part.ops[i])] = static_cast<std::int32_t>(i);
    for (const std::int32_t op : part.ops)
      part.graph.ops.push_back({steps_of(op, part), {}, {}, graph_.ops[at(op)].members});
    for (const std::int32_t op : part.ops)
      add_waits(op, part);
    link_waits(part.graph);
    for (const std::int32_t op : part.ops)
      op_of_[at(op)] = kNone;
    for (const std::int32_t storage : storages_)
      storage_of_[at(storage)] = kNone;
    for (const std::int32_t wait : waits_)
      has_wait_[at(wait)] = false;
    storages_.clear();
    waits_.clear();
    return part;
  }

 private:
  std::vector<OrderStep> steps_of(std::int32_t op, GraphPart& part) {
    std::vector<OrderStep> steps = graph_.ops[at(op)].steps;
    for (OrderStep& step : steps) {
      // Whoever opened the write is not in the part: seen from the end, the pair would look usable.
      std::erase_if(step.pairs, [&](const WeightedPair& pair) {
        return is_open(graph_.storages[at(static_cast<std::int32_t>(pair.write))], executed_);
      });
      for (std::int32_t& storage : step.opens)
        storage = local_storage(storage, part);
      for (std::int32_t& storage : step.closes)
        storage = local_storage(storage, part);
      for (WeightedPair& pair : step.pairs) {
        pair.read = local_storage(static_cast<std::int32_t>(pair.read), part);
        pair.write = local_storage(static_cast<std::int32_t>(pair.write), part);
      }
    }
    return steps;
  }

  std::int32_t local_storage(std::int32_t position, GraphPart& part) {
    std::int32_t& local = storage_of_[at(position)];
    if (local != kNone) return local;
    local = static_cast<std::int32_t>(part.graph.storages.size());
    storages_.push_back(position);
    const OrderStorage& storage = graph_.storages[at(position)];
    OrderStorage copy{storage.bytes, is_open(storage, executed_), storage.stays_open,
                      local_ops(storage.openers), local_ops(storage.closers)};
    if (is_settled(storage, executed_)) copy.bytes = 0;
    part.graph.storages.push_back(std::move(copy));
    return local;
  }

  [[nodiscard]] Ops local_ops(const Ops& ops) const {
    Ops result;
    for (const std::int32_t op : ops) {
      if (op_of_[at(op)] != kNone) result.push_back(op_of_[at(op)]);
    }
    return result;
  }

  void add_waits(std::int32_t op, GraphPart& part) {
    for (const std::int32_t wait : graph_.ops[at(op)].waits) {
      if (has_wait_[at(wait)]) continue;
      has_wait_[at(wait)] = true;
      waits_.push_back(wait);
      OrderWait copy{local_ops(graph_.waits[at(wait)].earlier),
                     local_ops(graph_.waits[at(wait)].later)};
      if (!copy.earlier.empty()) part.graph.waits.push_back(std::move(copy));
    }
  }

  const OrderGraph& graph_;
  std::span<const OpWord> executed_;
  std::vector<std::int32_t> op_of_;       // per op of the graph, in the part at hand
  std::vector<std::int32_t> storage_of_;  // per storage, likewise
  std::vector<bool> has_wait_;            // per wait, whether the part at hand holds it
  Ops storages_;                          // those set in `storage_of_`
  Ops waits_;                             // those set in `has_wait_`
};

}  // namespace

std::vector<GraphPart> independent_parts(const OrderGraph& graph,
                                         std::span<const OpWord> executed) {
  Groups groups(graph, executed);
  std::vector<Ops> members;
  std::vector<std::int32_t> place(graph.ops.size(), kNone);  // of each group, by its root
  for (std::int32_t op = 0; op < graph.op_count(); ++op) {
    if (has_op(executed, op)) continue;
    std::int32_t& group = place[at(groups.find(op))];
    if (group == kNone) {
      group = static_cast<std::int32_t>(members.size());
      members.emplace_back();
    }
    members[at(group)].push_back(op);
  }
  Cutter cutter(graph, executed);
  std::vector<GraphPart> parts;
  for (Ops& ops : members)
    parts.push_back(cutter.cut(std::move(ops)));
  return parts;
}

bool falls_apart(const OrderGraph& graph, std::span<const OpWord> executed) {
  Groups groups(graph, executed);
  std::int32_t first = kNone;
  for (std::int32_t op = 0; op < graph.op_count(); ++op) {
    if (has_op(executed, op)) continue;
    if (first == kNone) first = groups.find(op);
    if (groups.find(op) != first) return true;
  }
  return false;
}

}  // namespace tilewright::scheduler
