// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_bound.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "scheduler/order/order_search.h"
#include "scheduler/traffic/residency_parts.h"
#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {
namespace {

constexpr std::size_t kMinPartOps = 4;

std::int64_t rounded_bytes(const Problem& problem, StorageId id) {
  return round_up(problem.storages[index(id)].bytes, traffic_unit_bytes(problem));
}

bool is_in_pair(const Op& op, StorageId id) {
  return std::any_of(op.in_place.begin(), op.in_place.end(),
                     [&](const InPlacePair& pair) { return pair.read == id || pair.write == id; });
}

std::int64_t units_of(const std::vector<BoundPart>& parts) {
  std::int64_t units = 0;
  for (const BoundPart& part : parts)
    units += part.units;
  return units;
}

/// Bounds of parts of one order, cut where little is at stake.
class PartBound {
 public:
  PartBound(const Problem& problem, const Timeline& line, std::span<const OpId> order,
            const TrafficBoundOptions& options)
      : problem_(problem), line_(line), order_(order), options_(options) {
    demand_ = demands(line);
    stake_.assign(static_cast<std::size_t>(line.moments), 0);
    for (const Gap& gap : line.gaps) {
      if (line.items[static_cast<std::size_t>(gap.item)].constant) continue;
      std::int64_t stake = 0;
      for (std::int64_t moment = gap.begin + 1; moment < gap.end; ++moment)
        stake += std::max<std::int64_t>(0, demand_[static_cast<std::size_t>(moment)]);
      for (std::int64_t moment = gap.begin; moment < gap.end; ++moment)
        stake_[static_cast<std::size_t>(moment)] += stake;
    }
  }

  std::vector<BoundPart> run() {
    const bool crowded =
        std::any_of(demand_.begin(), demand_.end(), [](std::int64_t units) { return units > 0; });
    if (!crowded) return {};
    return bound(0, order_.size(), std::vector<bool>(problem_.storages.size(), true),
                 options_.max_depth);
  }

 private:
  /// The bound of the ops at positions [begin, end) of the order.
  std::vector<BoundPart> bound(std::size_t begin, std::size_t end, const std::vector<bool>& counted,
                               int depth) {
    BoundPart whole = bound_of_one(begin, end, counted);
    if (whole.units == 0) return {};
    const std::size_t cut = depth > 0 ? best_cut(begin, end) : end;
    if (cut == end) return {std::move(whole)};
    const std::vector<bool> left = counted_in(begin, cut, end, counted);
    std::vector<bool> right = counted;
    for (std::size_t i = 0; i < right.size(); ++i)
      right[i] = counted[i] && !left[i];
    std::vector<BoundPart> halves = bound(begin, cut, left, depth - 1);
    for (BoundPart& part : bound(cut, end, right, depth - 1))
      halves.push_back(std::move(part));
    if (units_of(halves) > whole.units) return halves;
    return {std::move(whole)};
  }

  BoundPart bound_of_one(std::size_t begin, std::size_t end, const std::vector<bool>& counted) {
    const std::span<const OpId> ops = order_.subspan(begin, end - begin);
    BoundPart result{{ops.begin(), ops.end()}, counted};
    const Problem part = fast_need_problem(problem_, ops, counted);
    std::vector<std::int32_t> given(part.ops.size());
    std::iota(given.begin(), given.end(), 0);
    const OrderResult found = find_order(order_graph(part, dependencies(part)), given,
                                         {.max_states = options_.max_states}, {});
    const std::int64_t missing_bytes = found.lower_bound_bytes - problem_.banks.front().bytes;
    result.peak_bytes = found.lower_bound_bytes;
    if (missing_bytes <= 0) return result;
    const std::int64_t missing = (missing_bytes - 1) / line_.unit_bytes + 1;
    std::vector<int> uses(part.storages.size(), 0);
    for (const Op& op : part.ops) {
      for (const auto* list : {&op.reads, &op.writes}) {
        for (const StorageId id : *list)
          ++uses[index(id)];
      }
    }
    // What is used once does not wait to be read again.
    std::int64_t clean_bytes = 0;
    for (std::size_t i = 0; i < part.storages.size(); ++i) {
      const Storage& storage = problem_.storages[i];
      if ((storage.input || storage.output) && uses[i] > 1) clean_bytes += part.storages[i].bytes;
    }
    result.units = missing + std::max<std::int64_t>(0, missing - clean_bytes / line_.unit_bytes);
    return result;
  }

  /// The position between two crowded steps across which the least is at stake, or `end`.
  [[nodiscard]] std::size_t best_cut(std::size_t begin, std::size_t end) const {
    std::size_t first = begin;
    std::size_t last = end;
    while (first < end && demand_[first + 1] <= 0)
      ++first;
    while (last > first && demand_[last] <= 0)
      --last;
    std::size_t best = end;
    for (std::size_t cut = first + 1; cut < last; ++cut) {
      if (cut < begin + kMinPartOps || cut + kMinPartOps > end) continue;
      if (best == end || stake_[cut] < stake_[best]) best = cut;
    }
    return best;
  }

  /// Of the storages used on both sides of `cut`, those with more at stake on the left.
  [[nodiscard]] std::vector<bool> counted_in(std::size_t begin, std::size_t cut, std::size_t end,
                                             const std::vector<bool>& counted) const {
    std::vector<bool> left(counted.size(), false);
    for (const TimelineItem& item : line_.items) {
      std::int64_t stake_left = 0;
      std::int64_t stake_right = 0;
      bool used_right = false;
      for (const std::int64_t use : item.uses)
        used_right |= use > static_cast<std::int64_t>(cut) && use <= static_cast<std::int64_t>(end);
      for (std::size_t i = item.first_gap; i < item.first_gap + item.gap_count; ++i) {
        const Gap& gap = line_.gaps[i];
        std::int64_t& stake = gap.end <= static_cast<std::int64_t>(cut) ? stake_left : stake_right;
        if (gap.end > static_cast<std::int64_t>(cut) && gap.begin <= static_cast<std::int64_t>(cut))
          continue;
        if (gap.begin <= static_cast<std::int64_t>(begin) ||
            gap.end > static_cast<std::int64_t>(end))
          continue;
        for (std::int64_t moment = gap.begin + 1; moment < gap.end; ++moment)
          stake += std::max<std::int64_t>(0, demand_[static_cast<std::size_t>(moment)]);
      }
      const std::size_t storage = index(item.storage);
      left[storage] = counted[storage] && (!used_right || stake_left > stake_right);
    }
    return left;
  }

  const Problem& problem_;
  const Timeline& line_;
  std::span<const OpId> order_;
  const TrafficBoundOptions& options_;
  std::vector<std::int64_t> demand_;  // per moment
  // Per moment: what the gaps that go on into the next one have to do with crowded moments.
  std::vector<std::int64_t> stake_;
};

/// Units that pairs of an op save at most, in whatever order.
std::int64_t most_credit(const Problem& problem, OpId id) {
  std::int64_t bytes = 0;
  for (const InPlacePair& pair : problem.ops[index(id)].in_place)
    bytes += std::min(rounded_bytes(problem, pair.read), rounded_bytes(problem, pair.write));
  return bytes / traffic_unit_bytes(problem);
}

/// In steady state: of the constants that an op does not use, what it leaves no room for is read in
/// every run.
std::int64_t steady_bound(const Problem& problem, const Timeline& line,
                          std::span<const OpId> order) {
  if (!problem.steady_state) return 0;
  std::vector<std::int64_t> used(static_cast<std::size_t>(line.moments), 0);
  std::int64_t all = 0;
  for (const TimelineItem& item : line.items) {
    if (!item.constant) continue;
    all += item.units;
    for (const std::int64_t use : item.uses) {
      if (!item.streamed) used[static_cast<std::size_t>(use)] += item.units;
    }
  }
  std::int64_t bound = 0;
  for (std::size_t moment = 0; moment < used.size(); ++moment) {
    std::int64_t room = line.room[moment];
    if (moment > 0 && moment <= order.size()) room += most_credit(problem, order[moment - 1]);
    bound = std::max(bound, all - used[moment] - room);
  }
  return bound;
}

}  // namespace

Problem fast_need_problem(const Problem& problem, std::span<const OpId> ops,
                          const std::vector<bool>& counted) {
  std::vector<bool> written(problem.storages.size(), false);
  std::vector<bool> may_die_in_place(problem.storages.size(), false);
  std::vector<std::size_t> position(problem.ops.size(), ops.size());
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const Op& op = problem.ops[index(ops[i])];
    position[index(ops[i])] = i;
    for (const StorageId id : op.writes)
      written[index(id)] = true;
    for (const InPlacePair& pair : op.in_place)
      may_die_in_place[index(pair.read)] = true;
  }
  Problem part;
  part.alignment_bytes = 1;
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    // What nobody writes here is opened by its readers; they cannot be credited for its death.
    const bool counts = counted[i] && !problem.storages[i].constant &&
                        !is_streamed(problem, storage_id(i)) &&
                        (written[i] || !may_die_in_place[i]);
    part.storages.push_back(
        {.name = {}, .bytes = counts ? rounded_bytes(problem, storage_id(i)) : 0});
  }
  for (const OpId id : ops) {
    const Op& op = problem.ops[index(id)];
    Op task{.name = op.name};
    task.scratch_bytes = working_bytes(problem, op);
    for (const StorageId read : op.reads)
      (written[index(read)] ? task.reads : task.writes).push_back(read);
    task.writes.insert(task.writes.end(), op.writes.begin(), op.writes.end());
    for (const auto* list : {&op.reads, &op.writes}) {
      for (const StorageId used : *list) {
        const bool counts = part.storages[index(used)].bytes > 0;
        if (counts || is_streamed(problem, used) || is_in_pair(op, used)) continue;
        task.scratch_bytes += rounded_bytes(problem, used);
      }
    }
    for (const InPlacePair& pair : op.in_place) {
      if (written[index(pair.read)]) task.in_place.push_back(pair);
    }
    for (const OpId before : op.after) {
      if (position[index(before)] < ops.size())
        task.after.push_back(op_id(position[index(before)]));
    }
    part.ops.push_back(std::move(task));
  }
  return part;
}

std::int64_t TrafficBound::units() const {
  return weights_units + units_of(parts);
}

std::vector<OpId> least_need_order(const Problem& problem, const Dependencies& lists,
                                   std::int64_t max_states) {
  const std::vector<OpId> serialized = serialized_order(problem, lists);
  const std::vector<bool> all(problem.storages.size(), true);
  const Problem need = fast_need_problem(problem, serialized, all);
  std::vector<std::int32_t> given(need.ops.size());
  std::iota(given.begin(), given.end(), 0);
  const OrderResult found =
      find_order(order_graph(need, dependencies(need)), given, {.max_states = max_states}, {});
  std::vector<OpId> order;
  for (const std::int32_t position : found.order)
    order.push_back(serialized[static_cast<std::size_t>(position)]);
  return order;
}

TrafficBound traffic_bound(const Problem& problem, const Dependencies& lists,
                           std::span<const OpId> order, const TrafficBoundOptions& options) {
  TrafficBound bound;
  const Result<Timeline> line = timeline(problem, lists, order);
  if (!line) return bound;
  bound.weights_units = steady_bound(problem, *line, order);
  if (problem.execution == Execution::Full) {
    bound.parts = PartBound(problem, *line, order, options).run();
  }
  return bound;
}

}  // namespace tilewright::scheduler
