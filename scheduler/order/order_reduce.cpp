// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_reduce.h"

#include <algorithm>
#include <queue>
#include <tuple>
#include <utility>

#include "scheduler/order/order_twins.h"
#include "scheduler/order/step_range.h"

namespace tilewright::scheduler {
namespace {

// Longer runs of ops gain little and would be simulated again and again.
constexpr std::size_t kMaxMembers = 64;

/// Ops of a graph in groups that run without others between them. A group has the name of its first
/// member at the start.
class Groups {
 public:
  Groups(const OrderGraph& graph, const std::vector<std::int32_t>& order)
      : graph_(graph), members_(graph.ops.size()), group_of_(graph.ops.size()) {
    for (const std::int32_t op : order) {
      members_[static_cast<std::size_t>(op)] = {op};
      group_of_[static_cast<std::size_t>(op)] = op;
    }
  }

  [[nodiscard]] const std::vector<std::int32_t>& members(std::int32_t group) const {
    return members_[static_cast<std::size_t>(group)];
  }
  [[nodiscard]] std::int32_t group_of(std::int32_t op) const {
    return group_of_[static_cast<std::size_t>(op)];
  }

  /// The only group that `group` waits for, or `kNone`.
  [[nodiscard]] std::int32_t only_cause(std::int32_t group) const {
    return only(group, [&](std::int32_t op, const auto& f) { for_each_cause(graph_, op, f); });
  }
  /// The only group that waits for `group`, or `kNone`.
  [[nodiscard]] std::int32_t only_follower(std::int32_t group) const {
    return only(group, [&](std::int32_t op, const auto& f) { for_each_follower(graph_, op, f); });
  }

  static constexpr std::int32_t kNone = -1;

  [[nodiscard]] bool may_join(std::int32_t first, std::int32_t second, JoinKind kind) const {
    if (members(first).size() + members(second).size() > kMaxMembers) return false;
    const MemoryRange a = memory_range(graph_, members(first));
    const MemoryRange b = memory_range(graph_, members(second));
    switch (kind) {
      case JoinKind::Forward:
        return b.most_change <= 0 && b.most_rise <= a.least_fall;
      case JoinKind::Backward:
        return a.least_change >= 0 && a.most_fall <= b.least_rise;
    }
    return false;
  }

  /// Appends `second` to `first`, or `first` before `second`, under the name of `first`.
  void join(std::int32_t first, std::int32_t second) {
    std::vector<std::int32_t>& moved = members_[static_cast<std::size_t>(second)];
    std::vector<std::int32_t>& kept = members_[static_cast<std::size_t>(first)];
    for (const std::int32_t op : moved)
      group_of_[static_cast<std::size_t>(op)] = first;
    kept.insert(kept.end(), moved.begin(), moved.end());
    moved.clear();
  }

 private:
  template <typename ForEach>
  [[nodiscard]] std::int32_t only(std::int32_t group, const ForEach& for_each_neighbour) const {
    std::int32_t found = kNone;
    bool several = false;
    for (const std::int32_t op : members(group)) {
      for_each_neighbour(op, [&](std::int32_t neighbour) {
        const std::int32_t other = group_of(neighbour);
        if (other == group) return;
        several = several || (found != kNone && found != other);
        found = other;
      });
      if (several) return kNone;
    }
    return found;
  }

  const OrderGraph& graph_;
  std::vector<std::vector<std::int32_t>> members_;
  std::vector<std::int32_t> group_of_;
};

/// Joins `group` with a neighbour as long as a rule allows it.
void join_neighbours(Groups& groups, std::int32_t group, std::vector<Join>& joins) {
  while (!groups.members(group).empty()) {
    const std::int32_t before = groups.only_cause(group);
    const std::int32_t after = groups.only_follower(group);
    if (after != Groups::kNone && groups.may_join(group, after, JoinKind::Backward)) {
      joins.push_back({group, after, JoinKind::Backward});
      groups.join(group, after);
    } else if (before != Groups::kNone && groups.may_join(before, group, JoinKind::Forward)) {
      joins.push_back({before, group, JoinKind::Forward});
      groups.join(before, group);
      group = before;
    } else {
      return;
    }
  }
}

std::vector<Join> join_all(Groups& groups, const std::vector<std::int32_t>& order) {
  std::vector<Join> joins;
  for (std::size_t count = 0; true; count = joins.size()) {
    for (const std::int32_t op : order)
      join_neighbours(groups, op, joins);
    if (joins.size() == count) return joins;
  }
}

/// The groups' new numbers: each waits only for lower ones.
class Numbering {
 public:
  Numbering(const OrderGraph& graph, const Groups& groups, const std::vector<std::int32_t>& order)
      : number_(graph.ops.size(), -1) {
    std::vector<std::int32_t> causes_left(graph.ops.size(), 0);
    for_each_edge(graph, groups, [&](std::int32_t, std::int32_t to) {
      ++causes_left[static_cast<std::size_t>(to)];
    });
    std::vector<std::vector<std::int32_t>> followers(graph.ops.size());
    for_each_edge(graph, groups, [&](std::int32_t from, std::int32_t to) {
      followers[static_cast<std::size_t>(from)].push_back(to);
    });
    std::vector<std::int32_t> place(graph.ops.size(), 0);
    for (std::size_t i = 0; i < order.size(); ++i)
      place[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
    using Ready = std::pair<std::int32_t, std::int32_t>;  // place of the group's first member
    std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
    const auto add = [&](std::int32_t group) {
      ready.push({place[static_cast<std::size_t>(groups.members(group).front())], group});
    };
    for (const std::int32_t op : order) {
      if (groups.group_of(op) == op && causes_left[static_cast<std::size_t>(op)] == 0) add(op);
    }
    while (!ready.empty()) {
      const std::int32_t group = ready.top().second;
      ready.pop();
      number_[static_cast<std::size_t>(group)] = static_cast<std::int32_t>(groups_.size());
      groups_.push_back(group);
      for (const std::int32_t to : followers[static_cast<std::size_t>(group)]) {
        if (--causes_left[static_cast<std::size_t>(to)] == 0) add(to);
      }
    }
  }

  [[nodiscard]] const std::vector<std::int32_t>& groups() const { return groups_; }

  /// The different numbers of the groups of `ops`, ascending.
  [[nodiscard]] std::vector<std::int32_t> numbers(const Groups& groups,
                                                  const std::vector<std::int32_t>& ops) const {
    std::vector<std::int32_t> result;
    for (const std::int32_t op : ops)
      result.push_back(number_[static_cast<std::size_t>(groups.group_of(op))]);
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
  }

 private:
  /// Calls `f` for each pair of groups of which the second waits for the first, some repeatedly.
  template <typename F>
  static void for_each_edge(const OrderGraph& graph, const Groups& groups, const F& f) {
    for (std::int32_t op = 0; op < graph.op_count(); ++op) {
      const std::int32_t to = groups.group_of(op);
      for_each_cause(graph, op, [&](std::int32_t before) {
        if (groups.group_of(before) != to) f(groups.group_of(before), to);
      });
    }
  }

  std::vector<std::int32_t> number_;  // per group
  std::vector<std::int32_t> groups_;
};

/// A wait between groups; one that holds a group on both sides is cut in two.
void add_wait(OrderWait wait, OrderGraph& graph) {
  std::vector<std::int32_t> both;
  std::set_intersection(wait.earlier.begin(), wait.earlier.end(), wait.later.begin(),
                        wait.later.end(), std::back_inserter(both));
  for (const std::int32_t op : both) {
    OrderWait own{wait.earlier, {op}};
    std::erase(own.earlier, op);
    std::erase(wait.later, op);
    if (!own.earlier.empty()) graph.waits.push_back(std::move(own));
  }
  if (!wait.later.empty()) graph.waits.push_back(std::move(wait));
}

OrderGraph grouped(const OrderGraph& graph, const Groups& groups,
                   const std::vector<std::int32_t>& order) {
  const Numbering numbering(graph, groups, order);
  OrderGraph result;
  for (const OrderStorage& storage : graph.storages) {
    OrderStorage copy = storage;
    copy.openers = numbering.numbers(groups, storage.openers);
    copy.closers = numbering.numbers(groups, storage.closers);
    result.storages.push_back(std::move(copy));
  }
  for (const std::int32_t group : numbering.groups()) {
    result.ops.push_back(
        {joined_steps(graph, groups.members(group)), {}, {}, groups.members(group)});
  }
  for (const OrderWait& wait : graph.waits) {
    add_wait({numbering.numbers(groups, wait.earlier), numbering.numbers(groups, wait.later)},
             result);
  }
  return result;
}

}  // namespace

ReducedGraph reduce_graph(const OrderGraph& graph, const std::vector<std::int32_t>& order,
                          const ReduceRules& rules) {
  Groups groups(graph, order);
  ReducedGraph reduced;
  if (rules.joins) reduced.joins = join_all(groups, order);
  reduced.graph = grouped(graph, groups, order);
  link_waits(reduced.graph);
  if (rules.twins) order_twins(reduced.graph);
  return reduced;
}

}  // namespace tilewright::scheduler
