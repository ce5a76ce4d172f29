// SPDX-License-Identifier: Apache-2.0
// A set of executed ops with everything the order search asks of it, kept up to date op by op.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// Sets of ops are bits in words, op 0 in the lowest bit of the first word.
using OpWord = std::uint64_t;

[[nodiscard]] constexpr std::size_t word_count(std::int32_t op_count) {
  return (static_cast<std::size_t>(op_count) + 63) / 64;
}
[[nodiscard]] inline bool has_op(std::span<const OpWord> words, std::int32_t op) {
  return (words[static_cast<std::size_t>(op) / 64] >> (op % 64) & 1) != 0;
}
inline void flip_op(std::span<OpWord> words, std::int32_t op) {
  words[static_cast<std::size_t>(op) / 64] ^= OpWord{1} << (op % 64);
}

/// Calls `f` with each op of `words`, ascending.
template <typename F>
void for_each_op(std::span<const OpWord> words, const F& f) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (OpWord word = words[i]; word != 0; word &= word - 1) {
      f(static_cast<std::int32_t>(i * 64) + std::countr_zero(word));
    }
  }
}

struct StepCost {
  std::int64_t needed_bytes = 0;  // while the op runs
  std::int64_t after_bytes = 0;   // once it has run
};

/// Bytes alive once `executed`, which contains all it waits for, has run. O(operands).
[[nodiscard]] std::int64_t live_bytes(const OrderGraph& graph, std::span<const OpWord> executed);

/// Ops must be numbered so that each waits only for lower ones, or `move_to` must not be called.
class LiveState {
 public:
  explicit LiveState(const OrderGraph& graph);

  void clear();

  /// Makes `executed`, which must contain all it waits for, the executed ops. O(operands of the ops
  /// that are in one set and not in the other).
  void move_to(std::span<const OpWord> executed);

  /// Runs a ready op.
  void run(std::int32_t op);

  /// What running the ready op `op` needs and leaves.
  [[nodiscard]] StepCost cost(std::int32_t op) const;

  [[nodiscard]] std::int64_t live_bytes() const { return live_bytes_; }
  [[nodiscard]] std::int32_t executed_count() const { return executed_count_; }
  [[nodiscard]] bool complete() const { return executed_count_ == graph_.op_count(); }
  [[nodiscard]] std::span<const OpWord> executed() const { return executed_; }
  [[nodiscard]] std::span<const OpWord> ready() const { return ready_; }

 private:
  struct Counts {
    std::vector<std::int32_t> openers;  // per storage, how many have not run
    std::vector<std::int32_t> closers;  // per storage, likewise
    std::vector<std::int32_t> earlier;  // per wait, likewise
    std::vector<std::int32_t> waits;    // per op, how many are not over
  };

  [[nodiscard]] std::int64_t credit_bytes(const OrderStep& step) const;
  [[nodiscard]] bool is_open(std::int32_t storage) const;
  void count_run(std::int32_t op);
  void count_undone(std::int32_t op);

  const OrderGraph& graph_;
  Counts initial_;
  Counts left_;
  std::vector<OpWord> executed_;
  std::vector<OpWord> initial_ready_;
  std::vector<OpWord> ready_;
  std::vector<OpWord> target_;
  std::int64_t live_bytes_ = 0;
  std::int32_t executed_count_ = 0;
};

}  // namespace tilewright::scheduler
