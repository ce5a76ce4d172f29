// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/in_situ_policy.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/tuner/statistics.h"

namespace tilewright::tuner {
namespace {

// An unknown kernel takes at most so much longer than the analytic model says: in recorded tables
// 2.4 times at steps of over 2 % of their network; what smaller ones add is small.
constexpr double kWorstFactor = 2.5;
// One that was seen, than it took then.
constexpr double kSeenFactor = 1.1;
// A first look stops after this share of the rows if the kernel is too slow for the rest.
constexpr double kFirstShare = 0.125;
constexpr double kShortestSlicedNs = 40e3;
// Slower than this the rest of the rows is the incumbent's.
constexpr double kSlowestRate = 1.3;
// Inferences before the first trial: caches and page tables are still cold.
constexpr std::int64_t kQuietRuns = 2;
// Nothing is tried after so many inferences: what there is to gain is there by then.
constexpr std::int64_t kMostRuns = 100;

}  // namespace

InSituPolicy::InSituPolicy(const InSituProblem& problem, const InSituLimits& limits)
    : layers_(problem.layers),
      steps_(problem.layer_of_step.size()),
      steps_of_layer_(problem.layers.size()),
      looks_(problem.layer_of_step.size()),
      limits_(limits) {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    steps_[i].layer = problem.layer_of_step[i];
    if (steps_[i].layer >= 0)
      steps_of_layer_[static_cast<std::size_t>(steps_[i].layer)].push_back(i);
  }
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    std::vector<double> expected;
    for (const InSituCandidate& candidate : layers_[i].candidates)
      expected.push_back(candidate.expected_log_ratio);
    races_.emplace_back(expected, steps_of_layer_[i].size(), limits.min_gain);
  }
}

void InSituPolicy::begin_run() {
  spent_ns_ = 0;
  all_ns_ = 0;
  for (const StepState& state : steps_)
    all_ns_ += state.choice_ns;
}

/// Rows of the wanted kernel's first part: some of a first look, else all. In a network of few
/// steps it is the limit of a run that says how many.
std::int64_t InSituPolicy::trial_rows(const StepState& state, double worst_ns) const {
  const auto layer = static_cast<std::size_t>(state.layer);
  const InSituRace& race = races_[layer];
  const std::int64_t rows = layers_[layer].rows;
  if (race.was_seen() || state.choice_ns < kShortestSlicedNs) return rows;
  const std::vector<InSituCandidate>& candidates = layers_[layer].candidates;
  const std::int64_t granule =
      std::lcm(candidates[static_cast<std::size_t>(race.wanted())].granule,
               candidates[static_cast<std::size_t>(race.incumbent())].granule);
  const double share =
      std::min(kFirstShare, limits_.worst_share * all_ns_ / std::max(worst_ns, 1.0));
  const auto wanted = static_cast<std::int64_t>(share * static_cast<double>(rows));
  return std::min(std::max<std::int64_t>(wanted / granule, 1) * granule, rows);
}

bool InSituPolicy::has_room(double expected_ns, double worst_ns) const {
  const bool is_free = expected_ns <= 0;
  return (is_free || spent_ns_ + expected_ns <= limits_.expected_share * all_ns_) &&
         spent_ns_ + worst_ns <= limits_.worst_share * all_ns_;
}

StepPart InSituPolicy::next(std::size_t step, std::int64_t row_begin) {
  StepState& state = steps_[step];
  const auto layer = static_cast<std::size_t>(state.layer);
  const InSituRace& race = races_[layer];
  const std::int64_t rows = layers_[layer].rows;
  state.row_begin = row_begin;
  state.part = {race.incumbent(), rows, !race.is_settled()};
  if (row_begin > 0) {
    if (may_go_on(state)) state.part.kernel = race.wanted();
    return state.part;
  }
  state.trial_rows = 0;
  state.trial_ns = 0;
  state.total_ns = 0;
  state.was_stopped = false;
  if (race.wanted() == race.incumbent() || runs_ < kQuietRuns) return state.part;
  const double ratio = std::exp(race.expected_log_ratio());
  const double worst = race.was_seen() ? kSeenFactor * ratio : kWorstFactor * std::max(ratio, 1.0);
  const double worst_ns = (worst - 1) * state.choice_ns;
  const std::int64_t part_rows = trial_rows(state, worst_ns);
  const double share = static_cast<double>(part_rows) / static_cast<double>(rows);
  if (!has_room((ratio - 1) * state.choice_ns, share * worst_ns)) return state.part;
  ++trials_;
  state.trial_rows = part_rows;
  state.part.kernel = race.wanted();
  state.part.row_end = part_rows;
  return state.part;
}

/// After the first part of a first look.
bool InSituPolicy::may_go_on(StepState& state) {
  const std::int64_t rows = layers_[static_cast<std::size_t>(state.layer)].rows;
  const double share = static_cast<double>(state.trial_rows) / static_cast<double>(rows);
  const double rate = state.trial_ns / (share * state.choice_ns);
  const double part_ns = state.trial_ns - share * state.choice_ns;
  const double rest_ns = (rate - 1) * (1 - share) * state.choice_ns;
  state.was_stopped =
      rate > kSlowestRate || spent_ns_ + part_ns + rest_ns > limits_.worst_share * all_ns_;
  if (!state.was_stopped) state.trial_rows = rows;
  return !state.was_stopped;
}

void InSituPolicy::report(std::size_t step, std::int64_t ns) {
  StepState& state = steps_[step];
  const auto time_ns = static_cast<double>(ns);
  const auto layer = static_cast<std::size_t>(state.layer);
  state.total_ns += time_ns;
  if (state.part.kernel != races_[layer].incumbent()) state.trial_ns += time_ns;
  if (state.part.row_end == layers_[layer].rows && state.trial_rows > 0)
    spent_ns_ += std::max(state.total_ns - state.choice_ns, 0.0);
}

void InSituPolicy::add_choice_time(StepState& state, double ns) {
  state.recent_ns[state.seen++ % kRecent] = ns;
  state.choice_ns = median_of_few(std::span(state.recent_ns).first(std::min(state.seen, kRecent)));
}

/// What the steps of a layer take with another choice.
void InSituPolicy::scale_times(std::size_t layer, double factor) {
  for (const std::size_t step : steps_of_layer_[layer]) {
    steps_[step].choice_ns *= factor;
    for (double& ns : steps_[step].recent_ns)
      ns *= factor;
  }
}

void InSituPolicy::end_run() {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    InSituRace& race = races_[i];
    if (race.is_settled()) continue;
    const std::vector<std::size_t>& steps = steps_of_layer_[i];
    for (std::size_t k = 0; k < steps.size(); ++k) {
      StepState& state = steps_[steps[k]];
      InSituLook& look = looks_[k];
      look = {InSituLook::Kind::Incumbent, state.total_ns};
      if (state.trial_rows == 0) {
        add_choice_time(state, state.total_ns);
      } else if (state.was_stopped) {
        const double share =
            static_cast<double>(state.trial_rows) / static_cast<double>(layers_[i].rows);
        look = {InSituLook::Kind::Stopped, state.trial_ns / share};
      } else {
        look.kind = InSituLook::Kind::Trial;
      }
    }
    if (runs_ + 1 < kQuietRuns) continue;
    const double before = race.log_gain();
    race.end_run(std::span(looks_).first(steps.size()));
    if (runs_ + 1 >= kMostRuns) race.settle();
    if (race.log_gain() != before) scale_times(i, std::exp(before - race.log_gain()));
  }
  ++runs_;
}

std::int32_t InSituPolicy::choice(std::size_t step) const {
  const std::int32_t layer = steps_[step].layer;
  return layer < 0 ? 0 : races_[static_cast<std::size_t>(layer)].incumbent();
}

double InSituPolicy::layer_ns(std::size_t layer) const {
  std::array<double, kFewValues> some{};
  const std::vector<std::size_t>& steps = steps_of_layer_[layer];
  const std::size_t count = std::min(steps.size(), some.size());
  for (std::size_t k = 0; k < count; ++k)
    some[k] = steps_[steps[k]].choice_ns;
  return median_of_few(std::span(some).first(count));
}

double InSituPolicy::layer_deviation(std::size_t layer) const {
  const StepState& state = steps_[steps_of_layer_[layer].front()];
  const std::size_t count = std::min(state.seen, kRecent);
  std::array<double, kRecent> distances{};
  for (std::size_t i = 0; i < count; ++i)
    distances[i] =
        std::abs(std::log(std::max(state.recent_ns[i], 1.0) / std::max(state.choice_ns, 1.0)));
  return count == 0 ? 0 : 1.4826 * median_of_few(std::span(distances).first(count));
}

std::uint32_t InSituPolicy::layer_samples(std::size_t layer) const {
  const std::size_t seen = steps_[steps_of_layer_[layer].front()].seen;
  return static_cast<std::uint32_t>(std::max<std::size_t>(seen, 1));
}

TuningProgress InSituPolicy::progress() const {
  TuningProgress progress{.runs = runs_, .trials = trials_};
  progress.layers = static_cast<std::int32_t>(layers_.size());
  double now_ns = 0;
  double first_ns = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (races_[i].is_settled()) ++progress.settled_layers;
    for (const std::size_t step : steps_of_layer_[i]) {
      now_ns += steps_[step].choice_ns;
      first_ns += steps_[step].choice_ns * std::exp(races_[i].log_gain());
    }
  }
  if (now_ns > 0) progress.gain = first_ns / now_ns - 1;
  return progress;
}

}  // namespace tilewright::tuner
