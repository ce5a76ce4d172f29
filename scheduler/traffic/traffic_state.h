// SPDX-License-Identifier: Apache-2.0
// One state of the search over orders and residencies, and the moves that lead on from it.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/dependencies.h"
#include "scheduler/problem.h"

namespace tilewright::scheduler {

/// Of each storage [0, kept) is in fast memory and [outside, units) outside. Storages that no op to
/// come uses have 0 and 0.
struct TrafficState {
  std::vector<std::uint64_t> executed;  // op i is bit i % 64 of word i / 64
  std::vector<std::int64_t> kept;
  std::vector<std::int64_t> outside;
  std::int64_t units = 0;  // moved beyond the compulsory ones
};

/// What to give up before an op: units left of each storage.
struct TrafficChoices {
  std::vector<std::vector<std::int64_t>> kept;
  bool complete = true;  // false: there are others
};

class TrafficMoves {
 public:
  TrafficMoves(const Problem& problem, const Dependencies& lists, std::int64_t max_choices);

  [[nodiscard]] TrafficState start() const;
  [[nodiscard]] bool is_end(const TrafficState& state) const;
  [[nodiscard]] bool has_run(const TrafficState& state, OpId op) const;
  [[nodiscard]] bool can_run(const TrafficState& state, OpId op) const;
  /// Every inclusion-minimal way to make room for `op`, unless that is too many.
  [[nodiscard]] TrafficChoices choices(const TrafficState& state, OpId op) const;
  /// `state` once `kept` is all that is left and `op` has run.
  [[nodiscard]] TrafficState after(const TrafficState& state, OpId op,
                                   const std::vector<std::int64_t>& kept) const;
  /// Units that must be read again: what is missing of storages used before and needed later.
  [[nodiscard]] std::int64_t missing_units(const TrafficState& state) const;
  /// Units that turn `a` into a state as good as `b`, of the same executed ops, or better.
  [[nodiscard]] std::int64_t conversion_units(const TrafficState& a, const TrafficState& b) const;

 private:
  [[nodiscard]] bool is_used_later(const TrafficState& state, std::size_t storage) const;
  [[nodiscard]] bool was_used(const TrafficState& state, std::size_t storage) const;
  [[nodiscard]] bool is_written(const TrafficState& state, std::size_t storage) const;
  [[nodiscard]] std::int64_t excess_units(const TrafficState& state, OpId op) const;
  [[nodiscard]] std::int64_t credit_units(const TrafficState& state, OpId op) const;
  void add_subsets(std::size_t candidate, std::int64_t excess, std::vector<std::size_t>& chosen,
                   TrafficChoices& result) const;
  void add_amounts(std::size_t candidate, std::int64_t excess, std::vector<std::int64_t>& kept,
                   TrafficChoices& result) const;
  void add_choice(std::int64_t excess, const std::vector<std::size_t>& chosen,
                  TrafficChoices& result) const;

  const Problem& problem_;
  const Dependencies& lists_;
  std::int64_t max_choices_;
  std::vector<std::int64_t> units_;             // per storage; 0 if it is streamed
  std::vector<std::vector<std::size_t>> full_;  // per op: storages it needs in fast memory
  std::vector<std::int64_t> room_;              // per op: units of the bank beside its scratch
  mutable std::vector<std::size_t> candidates_;
  mutable std::vector<std::int64_t> base_;
};

}  // namespace tilewright::scheduler
