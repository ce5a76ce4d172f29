// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/oracle.h"

#include <algorithm>
#include <limits>

namespace tilewright::scheduler {

Oracle::Oracle(const Problem& problem)
    : problem_(problem),
      writers_(problem.storages.size(), 0),
      readers_(problem.storages.size(), 0) {
  for (std::size_t i = 0; i < problem.ops.size(); ++i) {
    for (const StorageId id : problem.ops[i].writes)
      writers_[index(id)] |= OpSet{1} << i;
    for (const StorageId id : problem.ops[i].reads)
      readers_[index(id)] |= OpSet{1} << i;
  }
}

std::int64_t Oracle::rounded(std::int64_t bytes) const {
  while (bytes % problem_.alignment_bytes != 0)
    ++bytes;
  return bytes;
}

bool Oracle::can_run(OpSet executed, std::size_t op) const {
  if ((executed >> op & 1) != 0) return false;
  for (const StorageId id : problem_.ops[op].reads) {
    if ((writers_[index(id)] & ~executed) != 0) return false;
  }
  for (const OpId id : problem_.ops[op].after) {
    if ((executed >> index(id) & 1) == 0) return false;
  }
  return true;
}

std::vector<OpSet> Oracle::executable_sets() const {
  std::vector<bool> reached(std::size_t{all()} + 1, false);
  std::vector<OpSet> sets;
  reached[0] = true;
  for (OpSet set = 0; set <= all(); ++set) {
    if (!reached[set]) continue;
    sets.push_back(set);
    for (std::size_t op = 0; op < problem_.ops.size(); ++op) {
      if (can_run(set, op)) reached[set | OpSet{1} << op] = true;
    }
  }
  return sets;
}

std::int64_t Oracle::live_bytes(OpSet executed) const {
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < problem_.storages.size(); ++i) {
    const Storage& storage = problem_.storages[i];
    const bool born = storage.input || (writers_[i] & executed) != 0;
    const bool used_up = ((writers_[i] | readers_[i]) & ~executed) == 0;
    if (!storage.constant && born && (storage.output || !used_up)) bytes += rounded(storage.bytes);
  }
  return bytes;
}

bool Oracle::pair_is_usable(OpSet executed, std::size_t op, InPlacePair pair) const {
  const Storage& read = problem_.storages[index(pair.read)];
  const bool last_reader = (readers_[index(pair.read)] & ~executed) == OpSet{1} << op;
  const bool first_writer = (writers_[index(pair.write)] & executed) == 0;
  return last_reader && first_writer && !read.output && !read.constant;
}

std::int64_t Oracle::best_credit(OpSet executed, const Op& op, std::size_t first_pair,
                                 std::vector<StorageId>& taken) const {
  std::int64_t best = 0;
  const auto position = static_cast<std::size_t>(&op - problem_.ops.data());
  for (std::size_t i = first_pair; i < op.in_place.size(); ++i) {
    const InPlacePair pair = op.in_place[i];
    const auto used = [&](StorageId id) {
      return std::find(taken.begin(), taken.end(), id) != taken.end();
    };
    if (used(pair.read) || used(pair.write) || !pair_is_usable(executed, position, pair)) continue;
    taken.push_back(pair.read);
    taken.push_back(pair.write);
    const std::int64_t saved = std::min(rounded(problem_.storages[index(pair.read)].bytes),
                                        rounded(problem_.storages[index(pair.write)].bytes));
    best = std::max(best, saved + best_credit(executed, op, i + 1, taken));
    taken.resize(taken.size() - 2);
  }
  return best;
}

std::int64_t Oracle::needed_bytes(OpSet executed, std::size_t op) const {
  std::int64_t bytes = live_bytes(executed) + problem_.ops[op].scratch_bytes;
  for (const StorageId id : problem_.ops[op].writes) {
    if ((writers_[index(id)] & executed) == 0) bytes += rounded(problem_.storages[index(id)].bytes);
  }
  std::vector<StorageId> taken;
  return bytes - best_credit(executed, problem_.ops[op], 0, taken);
}

std::int64_t Oracle::order_peak_bytes(const std::vector<OpId>& order) const {
  std::int64_t peak = live_bytes(0);
  OpSet executed = 0;
  for (const OpId id : order) {
    peak = std::max(peak, needed_bytes(executed, index(id)));
    executed |= OpSet{1} << index(id);
  }
  return peak;
}

std::vector<std::optional<std::int64_t>> Oracle::least_peaks(OpSet begin, OpSet end) const {
  std::vector<std::optional<std::int64_t>> peaks(std::size_t{all()} + 1);
  peaks[begin] = live_bytes(begin);
  for (OpSet set = begin; set <= end; ++set) {
    if (!peaks[set]) continue;
    for (std::size_t op = 0; op < problem_.ops.size(); ++op) {
      const OpSet next = set | OpSet{1} << op;
      if (!can_run(set, op) || (next & ~end) != 0) continue;
      const std::int64_t peak = std::max({*peaks[set], needed_bytes(set, op), live_bytes(next)});
      peaks[next] = std::min(peaks[next].value_or(peak), peak);
    }
  }
  return peaks;
}

void Oracle::extend(std::vector<OpId>& order, OpSet executed,
                    std::vector<std::vector<OpId>>& orders) const {
  if (executed == all()) orders.push_back(order);
  for (std::size_t op = 0; op < problem_.ops.size(); ++op) {
    if (!can_run(executed, op)) continue;
    order.push_back(op_id(op));
    extend(order, executed | OpSet{1} << op, orders);
    order.pop_back();
  }
}

std::vector<std::vector<OpId>> Oracle::all_orders() const {
  std::vector<std::vector<OpId>> orders;
  std::vector<OpId> order;
  extend(order, 0, orders);
  return orders;
}

std::int64_t Oracle::least_peak_over_all_orders() const {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const std::vector<OpId>& order : all_orders()) {
    least = std::min(least, order_peak_bytes(order));
  }
  return least;
}

}  // namespace tilewright::scheduler
