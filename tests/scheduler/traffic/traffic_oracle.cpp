// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/traffic/traffic_oracle.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <tuple>

namespace tilewright::scheduler {
namespace {

/// Per storage: [0, fast) is in fast memory, [outside, size) outside. Compared as text.
struct State {
  std::uint32_t executed = 0;
  std::string fast;
  std::string outside;

  auto operator<=>(const State&) const = default;
};

class Exhaustion {
 public:
  Exhaustion(const Problem& problem, const std::optional<std::vector<OpId>>& order)
      : problem_(problem), order_(order), capacity_(problem.banks.front().bytes) {
    unit_ = std::max(problem.alignment_bytes, problem.banks.back().granule_bytes);
    for (const Storage& storage : problem.storages)
      size_.push_back(static_cast<char>((storage.bytes + unit_ - 1) / unit_));
    used_.assign(size_.size(), false);
    for (const Op& op : problem.ops) {
      for (const StorageId id : op.reads)
        used_[index(id)] = true;
      for (const StorageId id : op.writes)
        used_[index(id)] = true;
    }
  }

  std::optional<std::int64_t> least() {
    std::optional<std::int64_t> best;
    each_start(0, start(), [&](const State& state) {
      const auto found = search(state);
      if (found && (!best || *found < *best)) best = found;
    });
    return best;
  }

 private:
  [[nodiscard]] State start() const {
    State state;
    for (std::size_t i = 0; i < size_.size(); ++i) {
      const Storage& storage = problem_.storages[i];
      const bool outside = (storage.input || storage.constant) && !storage.fast;
      const bool fast = storage.input && storage.fast;
      state.outside.push_back(outside ? 0 : size_[i]);
      state.fast.push_back(fast ? size_[i] : 0);
    }
    return state;
  }

  /// In steady state constants may begin with anything, which they must have again at the end.
  void each_start(std::size_t i, State state, const std::function<void(const State&)>& visit) {
    if (i == size_.size()) {
      if (held(state) * unit_ <= capacity_) visit(state);
      return;
    }
    each_start(i + 1, state, visit);
    if (!problem_.steady_state || !problem_.storages[i].constant || !used_[i]) return;
    for (char fast = 1; fast <= size_[i]; ++fast) {
      if (whole(i) && fast != size_[i]) continue;
      state.fast[i] = fast;
      each_start(i + 1, state, visit);
    }
  }

  std::optional<std::int64_t> search(const State& from) {
    best_.clear();
    queue_ = {};
    reach(from, 0);
    while (!queue_.empty()) {
      const auto [cost, state] = queue_.top();
      queue_.pop();
      if (best_[state] < cost) continue;
      if (is_end(from, state)) return cost;
      move_units(state, cost);
      for (std::size_t op = 0; op < problem_.ops.size(); ++op) {
        if (can_run(state, op)) run(state, op, cost);
      }
    }
    return std::nullopt;
  }

  void reach(const State& state, std::int64_t cost) {
    const auto [found, is_new] = best_.emplace(state, cost);
    if (!is_new && found->second <= cost) return;
    found->second = cost;
    queue_.emplace(cost, state);
  }

  [[nodiscard]] bool is_end(const State& from, const State& state) const {
    if (state.executed + 1 != std::uint32_t{1} << problem_.ops.size()) return false;
    for (std::size_t i = 0; i < size_.size(); ++i) {
      const Storage& storage = problem_.storages[i];
      if (storage.constant && state.fast[i] < from.fast[i]) return false;
      if (!storage.output || storage.constant || (storage.fast && !used_[i] && !storage.input))
        continue;
      if (storage.fast ? state.fast[i] != size_[i] : state.outside[i] != 0) return false;
    }
    return true;
  }

  [[nodiscard]] bool whole(std::size_t i) const {
    return problem_.residency == Residency::Whole ||
           (streams(i) && problem_.storages[i].place == OperandPlace::OneBank);
  }

  [[nodiscard]] std::int64_t held(const State& state) const {
    std::int64_t units = 0;
    for (const char fast : state.fast)
      units += fast;
    return units;
  }

  /// Drops, stores and loads between ops: by a unit, or of whole storages.
  void move_units(const State& state, std::int64_t cost) {
    for (std::size_t i = 0; i < size_.size(); ++i) {
      const char step = whole(i) ? size_[i] : char{1};
      if (step == 0) continue;
      if (state.fast[i] >= step) {
        State next = state;
        next.fast[i] = static_cast<char>(next.fast[i] - step);
        reach(next, cost);
      }
      if (state.outside[i] >= step && state.fast[i] >= state.outside[i]) {
        State next = state;
        next.outside[i] = static_cast<char>(next.outside[i] - step);
        reach(next, cost + step);
      }
      const bool fits = (held(state) + step) * unit_ <= capacity_;
      const bool streamed = streams(i);
      if (!streamed && fits && state.fast[i] + step <= size_[i] &&
          state.fast[i] >= state.outside[i]) {
        State next = state;
        next.fast[i] = static_cast<char>(next.fast[i] + step);
        reach(next, cost + step);
      }
      // What streams past is kept only by its op; but a fast output is loaded at the end.
      const bool ended = state.executed + 1 == std::uint32_t{1} << problem_.ops.size();
      if (streamed && ended && problem_.storages[i].fast && fits &&
          state.fast[i] + step <= size_[i] && state.fast[i] >= state.outside[i]) {
        State next = state;
        next.fast[i] = static_cast<char>(next.fast[i] + step);
        reach(next, cost + step);
      }
    }
  }

  [[nodiscard]] bool streams(std::size_t i) const {
    return problem_.storages[i].place != OperandPlace::Fast &&
           (problem_.execution == Execution::Streaming ||
            (problem_.stream_constants && problem_.storages[i].constant));
  }

  [[nodiscard]] bool can_run(const State& state, std::size_t op) const {
    if ((state.executed >> op & 1) != 0) return false;
    if (order_) {
      const auto position = static_cast<std::size_t>(__builtin_popcount(state.executed));
      return index((*order_)[position]) == op;
    }
    for (const OpId before : problem_.ops[op].after) {
      if ((state.executed >> index(before) & 1) == 0) return false;
    }
    for (const StorageId read : problem_.ops[op].reads) {
      for (std::size_t other = 0; other < problem_.ops.size(); ++other) {
        if (writes(other, read) && (state.executed >> other & 1) == 0) return false;
      }
    }
    return true;
  }

  [[nodiscard]] bool writes(std::size_t op, StorageId id) const {
    const auto& list = problem_.ops[op].writes;
    return std::find(list.begin(), list.end(), id) != list.end();
  }
  [[nodiscard]] bool touches(std::size_t op, StorageId id) const {
    const auto& list = problem_.ops[op].reads;
    return writes(op, id) || std::find(list.begin(), list.end(), id) != list.end();
  }
  /// Whether no op outside `executed` but `op` uses `id`.
  [[nodiscard]] bool is_last(std::uint32_t executed, std::size_t op, StorageId id) const {
    for (std::size_t other = 0; other < problem_.ops.size(); ++other) {
      if (other != op && (executed >> other & 1) == 0 && touches(other, id)) return false;
    }
    return true;
  }
  [[nodiscard]] bool has_bytes(std::uint32_t executed, std::size_t i) const {
    if (problem_.storages[i].input || problem_.storages[i].constant) return true;
    for (std::size_t other = 0; other < problem_.ops.size(); ++other) {
      if ((executed >> other & 1) != 0 && writes(other, storage_id(i))) return true;
    }
    return false;
  }

  std::int64_t credit(const State& state, std::size_t op, std::size_t pair,
                      std::vector<StorageId>& taken) const {
    const auto& pairs = problem_.ops[op].in_place;
    if (pair == pairs.size()) return 0;
    std::int64_t best = credit(state, op, pair + 1, taken);
    const auto [read, write] = pairs[pair];
    const Storage& storage = problem_.storages[index(read)];
    const bool free = std::find(taken.begin(), taken.end(), read) == taken.end() &&
                      std::find(taken.begin(), taken.end(), write) == taken.end();
    const bool born = !has_bytes(state.executed, index(write));
    if (!free || !born || storage.output || storage.constant || !is_last(state.executed, op, read))
      return best;
    taken.push_back(read);
    taken.push_back(write);
    best = std::max<std::int64_t>(best, std::min(size_[index(read)], size_[index(write)]) +
                                            credit(state, op, pair + 1, taken));
    taken.resize(taken.size() - 2);
    return best;
  }

  void run(const State& state, std::size_t op, std::int64_t cost) {
    std::int64_t units = held(state);
    bool stages = false;
    for (std::size_t i = 0; i < size_.size(); ++i) {
      if (!touches(op, storage_id(i))) continue;
      stages = stages || streams(i);
      if (streams(i)) continue;
      if (has_bytes(state.executed, i) && state.fast[i] != size_[i]) return;
      units += size_[i] - state.fast[i];
    }
    std::vector<StorageId> taken;
    if (problem_.execution == Execution::Full) units -= credit(state, op, 0, taken);
    const std::int64_t bytes = capacity_ - problem_.ops[op].scratch_bytes -
                               (stages ? problem_.stage_bytes.value_or(0) : 0);
    State next = state;
    next.executed |= std::uint32_t{1} << op;
    finish(state, next, op, 0, units, bytes, cost);
  }

  /// Chooses what each streamed storage of `op` keeps and what it writes outside.
  void finish(const State& state, State next, std::size_t op, std::size_t i, std::int64_t units,
              std::int64_t bytes, std::int64_t cost) {
    if (units * unit_ > bytes) return;
    if (i == size_.size()) return reach(next, cost);
    const StorageId id = storage_id(i);
    if (!touches(op, id)) return finish(state, next, op, i + 1, units, bytes, cost);
    if (!streams(i)) {
      if (writes(op, id)) {
        next.fast[i] = size_[i];
        next.outside[i] = size_[i];
      }
      if (is_last(state.executed, op, id) && !problem_.storages[i].output && !kept_on(i))
        next.fast[i] = 0;
      return finish(state, next, op, i + 1, units, bytes, cost);
    }
    std::int64_t read = 0;
    if (has_bytes(state.executed, i)) {
      if (state.fast[i] < state.outside[i]) return;
      read = size_[i] - state.fast[i];
    }
    for (char fast = 0; fast <= size_[i]; ++fast) {
      if (whole(i) && fast != 0 && fast != size_[i]) continue;
      State chosen = next;
      chosen.fast[i] = fast;
      const std::int64_t more = std::max(0, fast - state.fast[i]);
      if (!writes(op, id)) {
        finish(state, chosen, op, i + 1, units + more, bytes, cost + read);
        continue;
      }
      for (char outside = 0; outside <= size_[i]; ++outside) {
        chosen.outside[i] = outside;
        finish(state, chosen, op, i + 1, units + more, bytes, cost + read + size_[i] - outside);
      }
    }
  }

  [[nodiscard]] bool kept_on(std::size_t i) const {
    return problem_.steady_state && problem_.storages[i].constant;
  }

  using Entry = std::pair<std::int64_t, State>;

  const Problem& problem_;
  const std::optional<std::vector<OpId>>& order_;
  std::int64_t capacity_;
  std::int64_t unit_ = 1;
  std::vector<char> size_;
  std::vector<bool> used_;
  std::map<State, std::int64_t> best_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

}  // namespace

std::optional<std::int64_t> least_traffic_units(const Problem& problem,
                                                const std::optional<std::vector<OpId>>& order) {
  return Exhaustion(problem, order).least();
}

}  // namespace tilewright::scheduler
