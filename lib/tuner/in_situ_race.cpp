// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/in_situ_race.h"

#include <algorithm>
#include <cmath>

#include "lib/tuner/statistics.h"

namespace tilewright::tuner {
namespace {

// A challenger's first look finds its weights in no cache, so that it is forgiven more.
constexpr double kFirstLookLimit = 0.26;  // log(1.3)
constexpr double kLookLimit = 0.095;      // log(1.1)
// Challengers that a round leaves in the race: as many, and none that looks slower than this.
constexpr std::array<std::size_t, 4> kKept{3, 2, 2, 2};
constexpr double kKeptLogRatio = 0.005;
// Blocks without which no challenger takes over before its race has ended.
constexpr std::size_t kLeastBlocks = 2;
// Inferences that a challenger waits for room in the limits of a run before it is given up.
constexpr std::int32_t kPatience = 12;

}  // namespace

double InSituRace::Runner::score() const {
  return median_of_few(std::span(log_ratios).first(blocks));
}

InSituRace::InSituRace(std::span<const double> expected_log_ratios, std::size_t op_count,
                       double min_gain)
    : expected_(expected_log_ratios.begin(), expected_log_ratios.end()),
      before_ns_(op_count),
      trial_ns_(op_count),
      trial_runs_(op_count),
      min_gain_(min_gain) {
  field_.reserve(kInSituField);
  start_field();
}

std::int32_t InSituRace::wanted() const {
  const bool is_trial = phase_ == Phase::First || phase_ == Phase::Second;
  return is_trial && !is_settled_ ? field_[runner_].candidate : incumbent_;
}

bool InSituRace::was_seen() const {
  return wanted() == incumbent_ || field_[runner_].visits > 0;
}

double InSituRace::expected_log_ratio() const {
  if (wanted() == incumbent_) return 0;
  const Runner& runner = field_[runner_];
  if (runner.visits > 0) return runner.seen_log_ratio;
  return expected_[static_cast<std::size_t>(runner.candidate)] -
         expected_[static_cast<std::size_t>(incumbent_)];
}

void InSituRace::end_run(std::span<const InSituLook> looks) {
  if (is_settled_) return;
  switch (phase_) {
    case Phase::Before:
      refresh_before(looks);
      phase_ = Phase::First;
      return;
    case Phase::First:
    case Phase::Second:
      if (std::ranges::all_of(looks, [](const InSituLook& look) {
            return look.kind == InSituLook::Kind::Incumbent;
          })) {
        return wait(looks);
      }
      return take_trial(looks);
    case Phase::After:
      return close_block(looks);
  }
}

void InSituRace::refresh_before(std::span<const InSituLook> looks) {
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (looks[i].kind == InSituLook::Kind::Incumbent) before_ns_[i] = looks[i].ns;
  }
}

/// The incumbent ran because there was no room for the challenger.
void InSituRace::wait(std::span<const InSituLook> looks) {
  if (phase_ == Phase::Second) return close_block(looks);
  refresh_before(looks);
  if (++waits_ >= kPatience) drop_runner();
}

void InSituRace::take_trial(std::span<const InSituLook> looks) {
  Runner& runner = field_[runner_];
  double trial_ns = 0;
  double before_ns = 0;
  bool was_stopped = false;
  // Caches are cold at the first looks of all; they are no part of the block that follows.
  const bool forgets = phase_ == Phase::Second && round_ == 0;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (looks[i].kind == InSituLook::Kind::Incumbent) continue;
    was_stopped |= looks[i].kind == InSituLook::Kind::Stopped;
    trial_ns += looks[i].ns;
    before_ns += before_ns_[i];
    trial_ns_[i] = (forgets ? 0 : trial_ns_[i]) + looks[i].ns;
    trial_runs_[i] = (forgets ? 0 : trial_runs_[i]) + 1;
  }
  runner.seen_log_ratio = std::log(std::max(trial_ns, 1.0) / std::max(before_ns, 1.0));
  const double limit = runner.visits++ == 0 ? kFirstLookLimit : kLookLimit;
  waits_ = 0;
  if (was_stopped || runner.seen_log_ratio > limit) return drop_runner();
  phase_ = phase_ == Phase::First ? Phase::Second : Phase::After;
}

void InSituRace::close_block(std::span<const InSituLook> looks) {
  double trial_ns = 0;
  double incumbent_ns = 0;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (trial_runs_[i] == 0) continue;
    trial_ns += trial_ns_[i];
    incumbent_ns += 0.5 * (before_ns_[i] + looks[i].ns) * trial_runs_[i];
  }
  Runner& runner = field_[runner_];
  if (runner.blocks < kMaxBlocks) {
    runner.log_ratios[runner.blocks++] =
        std::log(std::max(trial_ns, 1.0) / std::max(incumbent_ns, 1.0));
  }
  runner.seen_log_ratio = runner.score();
  refresh_before(looks);
  next_runner();
}

void InSituRace::drop_runner() {
  field_[runner_].is_dropped = true;
  next_runner();
}

void InSituRace::next_runner() {
  std::ranges::fill(trial_ns_, 0.0);
  std::ranges::fill(trial_runs_, 0);
  waits_ = 0;
  phase_ = Phase::First;
  if (++runner_ >= field_.size()) end_round();
}

void InSituRace::end_round() {
  std::erase_if(field_, [](const Runner& runner) {
    return runner.is_dropped || runner.blocks == 0 || runner.score() > kKeptLogRatio;
  });
  std::ranges::sort(field_, {}, &Runner::score);
  if (field_.size() > kKept[round_]) field_.resize(kKept[round_]);
  runner_ = 0;
  if (field_.empty() || ++round_ == kKept.size()) end_field();
}

void InSituRace::end_field() {
  if (!field_.empty() && -field_.front().score() > std::log1p(min_gain_)) {
    incumbent_ = field_.front().candidate;
    log_gain_ -= field_.front().score();
    phase_ = Phase::Before;
  }
  start_field();
}

void InSituRace::settle() {
  if (is_settled_) return;
  std::erase_if(field_, [](const Runner& runner) {
    return runner.is_dropped || runner.blocks < kLeastBlocks;
  });
  std::ranges::sort(field_, {}, &Runner::score);
  next_candidate_ = static_cast<std::int32_t>(expected_.size());
  end_field();
}

void InSituRace::start_field() {
  field_.clear();
  runner_ = 0;
  round_ = 0;
  while (field_.size() < kInSituField &&
         next_candidate_ < static_cast<std::int32_t>(expected_.size())) {
    field_.push_back({.candidate = next_candidate_++});
  }
  is_settled_ = field_.empty();
}

}  // namespace tilewright::tuner
