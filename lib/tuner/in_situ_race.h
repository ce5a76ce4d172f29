// SPDX-License-Identifier: Apache-2.0
// Which kernel of one layer is the fastest, found in pairs across inferences: a look at the
// incumbent, two at a challenger, one at the incumbent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tilewright::tuner {

/// Challengers that run against each other and the incumbent before the next ones have their turn.
inline constexpr std::size_t kInSituField = 6;

/// What an inference saw of one op of the layer.
struct InSituLook {
  enum class Kind : std::uint8_t {
    Incumbent,  // all rows by the incumbent
    Trial,      // all rows by the challenger
    Stopped,    // some rows by the challenger, which was too slow; `ns` is for all rows at its rate
  };
  Kind kind = Kind::Incumbent;
  double ns = 0;
};

/// Inferences in which a layer's ops run, and what was made of them. Allocates in its constructor
/// only.
class InSituRace {
 public:
  /// Candidate 0 is the incumbent; the others have their turns in order. `expected_log_ratios` is
  /// log(time / time of candidate 0) by the analytic model, one per candidate. `min_gain` is what a
  /// challenger has to save to take over.
  InSituRace(std::span<const double> expected_log_ratios, std::size_t op_count, double min_gain);

  [[nodiscard]] std::int32_t incumbent() const { return incumbent_; }
  [[nodiscard]] bool is_settled() const { return is_settled_; }
  /// What should run now: a challenger, or the incumbent where a pair needs it.
  [[nodiscard]] std::int32_t wanted() const;
  /// Whether `wanted` has run before.
  [[nodiscard]] bool was_seen() const;
  /// log(time of `wanted` / time of the incumbent): seen, or by the analytic model.
  [[nodiscard]] double expected_log_ratio() const;
  /// log(time of candidate 0 / time of the incumbent), as measured.
  [[nodiscard]] double log_gain() const { return log_gain_; }

  /// One look per op, of an inference that ran to its end.
  void end_run(std::span<const InSituLook> looks);
  /// Nothing more is tried: the best challenger that is in the race takes over, if it was seen in
  /// two blocks or more and saves enough.
  void settle();

 private:
  enum class Phase : std::uint8_t { Before, First, Second, After };
  static constexpr std::size_t kMaxBlocks = 4;

  struct Runner {
    std::int32_t candidate = 0;
    std::size_t blocks = 0;
    std::array<double, kMaxBlocks> log_ratios{};
    double seen_log_ratio = 0;
    std::int32_t visits = 0;
    bool is_dropped = false;

    [[nodiscard]] double score() const;
  };

  void refresh_before(std::span<const InSituLook> looks);
  void take_trial(std::span<const InSituLook> looks);
  void wait(std::span<const InSituLook> looks);
  void close_block(std::span<const InSituLook> looks);
  void drop_runner();
  void next_runner();
  void end_round();
  void end_field();
  void start_field();

  std::vector<double> expected_;
  std::vector<double> before_ns_;  // per op: the incumbent, last seen
  std::vector<double> trial_ns_;   // per op: sum over looks of the open block
  std::vector<std::int32_t> trial_runs_;
  std::vector<Runner> field_;
  double min_gain_;
  double log_gain_ = 0;
  std::int32_t incumbent_ = 0;
  std::int32_t next_candidate_ = 1;
  std::size_t runner_ = 0;
  std::size_t round_ = 0;
  std::int32_t waits_ = 0;
  Phase phase_ = Phase::Before;
  bool is_settled_ = false;
};

}  // namespace tilewright::tuner
