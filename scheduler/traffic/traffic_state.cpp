// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_state.h"

#include <algorithm>

#include "scheduler/matching.h"
#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {

TrafficMoves::TrafficMoves(const Problem& problem, const Dependencies& lists,
                           std::int64_t max_choices)
    : problem_(problem), lists_(lists), max_choices_(max_choices) {
  const std::int64_t unit = traffic_unit_bytes(problem);
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    const bool streamed = is_streamed(problem, storage_id(i));
    units_.push_back(streamed ? 0 : round_up(problem.storages[i].bytes, unit) / unit);
  }
  for (const Op& op : problem.ops) {
    full_.emplace_back();
    for (const auto* list : {&op.reads, &op.writes}) {
      for (const StorageId id : *list) {
        if (units_[index(id)] > 0) full_.back().push_back(index(id));
      }
    }
    room_.push_back((problem.banks.front().bytes - working_bytes(problem, op)) / unit);
  }
}

TrafficState TrafficMoves::start() const {
  TrafficState state;
  state.executed.assign((problem_.ops.size() + 63) / 64, 0);
  state.kept.assign(units_.size(), 0);
  state.outside.assign(units_.size(), 0);
  return state;
}

bool TrafficMoves::has_run(const TrafficState& state, OpId op) const {
  return (state.executed[index(op) / 64] >> (index(op) % 64) & 1) != 0;
}

bool TrafficMoves::is_end(const TrafficState& state) const {
  for (std::size_t i = 0; i < problem_.ops.size(); ++i) {
    if (!has_run(state, op_id(i))) return false;
  }
  return true;
}

bool TrafficMoves::is_written(const TrafficState& state, std::size_t storage) const {
  const auto& writers = lists_.writers[storage];
  return std::all_of(writers.begin(), writers.end(), [&](OpId op) { return has_run(state, op); });
}

bool TrafficMoves::is_used_later(const TrafficState& state, std::size_t storage) const {
  const auto& readers = lists_.readers[storage];
  return !is_written(state, storage) ||
         !std::all_of(readers.begin(), readers.end(), [&](OpId op) { return has_run(state, op); });
}

bool TrafficMoves::was_used(const TrafficState& state, std::size_t storage) const {
  const auto ran = [&](OpId op) { return has_run(state, op); };
  return std::any_of(lists_.writers[storage].begin(), lists_.writers[storage].end(), ran) ||
         std::any_of(lists_.readers[storage].begin(), lists_.readers[storage].end(), ran);
}

bool TrafficMoves::can_run(const TrafficState& state, OpId op) const {
  if (has_run(state, op)) return false;
  const Op& task = problem_.ops[index(op)];
  return std::all_of(task.after.begin(), task.after.end(),
                     [&](OpId before) { return has_run(state, before); }) &&
         std::all_of(task.reads.begin(), task.reads.end(),
                     [&](StorageId id) { return is_written(state, index(id)); });
}

std::int64_t TrafficMoves::credit_units(const TrafficState& state, OpId op) const {
  std::vector<WeightedPair> pairs;
  for (const InPlacePair& pair : problem_.ops[index(op)].in_place) {
    const Storage& read = problem_.storages[index(pair.read)];
    const auto& readers = lists_.readers[index(pair.read)];
    const auto left = std::count_if(readers.begin(), readers.end(),
                                    [&](OpId reader) { return !has_run(state, reader); });
    if (read.output || read.constant || left != 1 || was_used(state, index(pair.write))) continue;
    pairs.push_back({static_cast<std::int64_t>(index(pair.read)),
                     static_cast<std::int64_t>(index(pair.write)),
                     std::min(units_[index(pair.read)], units_[index(pair.write)])});
  }
  return matching_bytes(pairs);
}

std::int64_t TrafficMoves::excess_units(const TrafficState& state, OpId op) const {
  std::int64_t units = -room_[index(op)] - credit_units(state, op);
  for (const std::int64_t kept : state.kept)
    units += kept;
  for (const std::size_t storage : full_[index(op)])
    units += units_[storage] - state.kept[storage];
  return units;
}

TrafficChoices TrafficMoves::choices(const TrafficState& state, OpId op) const {
  TrafficChoices result;
  const std::int64_t excess = excess_units(state, op);
  base_ = state.kept;
  if (excess <= 0) {
    result.kept.push_back(base_);
    return result;
  }
  candidates_.clear();
  std::int64_t all = 0;
  double ways = 1;
  const auto& full = full_[index(op)];
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (state.kept[i] == 0 || std::find(full.begin(), full.end(), i) != full.end()) continue;
    candidates_.push_back(i);
    all += state.kept[i];
    ways *= static_cast<double>(std::min(state.kept[i], excess) + 1);
  }
  if (all < excess) return result;
  std::vector<std::size_t> chosen;
  if (problem_.residency == Residency::Whole) {
    add_subsets(0, excess, chosen, result);
  } else if (ways <= static_cast<double>(max_choices_) * 4) {
    std::vector<std::int64_t> kept = base_;
    add_amounts(0, excess, kept, result);
  } else {
    add_subsets(0, excess, chosen, result);
    result.complete = false;
  }
  return result;
}

/// All sets that give up enough and no more storages than that takes.
void TrafficMoves::add_subsets(std::size_t candidate, std::int64_t excess,
                               std::vector<std::size_t>& chosen, TrafficChoices& result) const {
  if (static_cast<std::int64_t>(result.kept.size()) >= max_choices_) {
    result.complete = false;
    return;
  }
  std::int64_t given_up = 0;
  for (const std::size_t storage : chosen)
    given_up += base_[storage];
  if (given_up >= excess) {
    const bool minimal = std::all_of(chosen.begin(), chosen.end(), [&](std::size_t storage) {
      return given_up - base_[storage] < excess;
    });
    if (minimal) add_choice(excess, chosen, result);
    return;
  }
  if (candidate == candidates_.size()) return;
  chosen.push_back(candidates_[candidate]);
  add_subsets(candidate + 1, excess, chosen, result);
  chosen.pop_back();
  add_subsets(candidate + 1, excess, chosen, result);
}

/// Gives up `chosen`; in granules, each of them in turn only as far as it takes.
void TrafficMoves::add_choice(std::int64_t excess, const std::vector<std::size_t>& chosen,
                              TrafficChoices& result) const {
  std::vector<std::int64_t> kept = base_;
  std::int64_t given_up = 0;
  for (const std::size_t storage : chosen) {
    given_up += base_[storage];
    kept[storage] = 0;
  }
  if (problem_.residency == Residency::Whole || given_up == excess) {
    result.kept.push_back(kept);
    return;
  }
  for (const std::size_t storage : chosen) {
    result.kept.push_back(kept);
    result.kept.back()[storage] = given_up - excess;
  }
}

/// All ways to give up exactly `excess` units.
void TrafficMoves::add_amounts(std::size_t candidate, std::int64_t excess,
                               std::vector<std::int64_t>& kept, TrafficChoices& result) const {
  if (excess == 0) {
    result.kept.push_back(kept);
    return;
  }
  if (candidate == candidates_.size()) return;
  const std::size_t storage = candidates_[candidate];
  for (std::int64_t units = std::min(excess, base_[storage]); units >= 0; --units) {
    kept[storage] = base_[storage] - units;
    add_amounts(candidate + 1, excess - units, kept, result);
  }
  kept[storage] = base_[storage];
}

TrafficState TrafficMoves::after(const TrafficState& state, OpId op,
                                 const std::vector<std::int64_t>& kept) const {
  TrafficState next = state;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (kept[i] == state.kept[i]) continue;
    next.kept[i] = kept[i];
    const bool written_anyway = problem_.storages[i].output && is_written(state, i);
    const std::int64_t more = next.outside[i] - kept[i];
    if (more <= 0) continue;
    if (!written_anyway) next.units += more;
    next.outside[i] = kept[i];
  }
  for (const std::size_t storage : full_[index(op)]) {
    if (was_used(state, storage)) next.units += units_[storage] - next.kept[storage];
    next.kept[storage] = units_[storage];
  }
  next.executed[index(op) / 64] |= std::uint64_t{1} << (index(op) % 64);
  for (const StorageId write : problem_.ops[index(op)].writes)
    next.outside[index(write)] = units_[index(write)];
  for (const std::size_t storage : full_[index(op)]) {
    if (is_used_later(next, storage)) continue;
    next.kept[storage] = 0;
    next.outside[storage] = 0;
  }
  return next;
}

std::int64_t TrafficMoves::missing_units(const TrafficState& state) const {
  std::int64_t units = 0;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (state.kept[i] == units_[i] || !was_used(state, i) || !is_used_later(state, i)) continue;
    units += units_[i] - state.kept[i];
  }
  return units;
}

std::int64_t TrafficMoves::conversion_units(const TrafficState& a, const TrafficState& b) const {
  std::int64_t units = 0;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    units += std::max<std::int64_t>(0, b.kept[i] - a.kept[i]);
    const bool written_anyway = problem_.storages[i].output && is_written(a, i);
    if (!written_anyway) units += std::max<std::int64_t>(0, a.outside[i] - b.outside[i]);
  }
  return units;
}

}  // namespace tilewright::scheduler
