// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/race.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "tilewright/detail/check.h"

#include "lib/tuner/statistics.h"

namespace tilewright::tuner {
namespace {

constexpr std::size_t kFinalBlocks = 4;  // blocks that the finalists have in the end, time allowing
constexpr double kCloseRatio = 0.05;     // a default so close to the best stays in the race
constexpr double kWeakEvidenceGain = 0.05;
constexpr double kRaceSlack = 1.2;            // predicted costs are exceeded now and then
constexpr double kLeastPredictedGain = 0.02;  // share of time of layers that look settled

/// A runner against the pivot: log(its time / the pivot's), one per block.
struct Runner {
  std::size_t candidate;
  std::vector<double> log_ratios;

  [[nodiscard]] double score() const {
    return log_ratios.empty() ? std::numeric_limits<double>::infinity() : median(log_ratios);
  }
};

struct Field {
  std::size_t layer;
  std::size_t pivot;
  std::size_t reference;
  std::vector<Runner> challengers;
  double fraction = 1;
};

std::vector<std::size_t> candidates_by_estimate(const LayerState& state) {
  std::vector<std::size_t> ranks(state.records.size());
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  std::erase_if(ranks, [&](std::size_t i) {
    return state.records[i].failed || !std::isfinite(state.estimates[i]);
  });
  std::ranges::stable_sort(ranks, {}, [&](std::size_t i) { return state.estimates[i]; });
  return ranks;
}

Visit race_visit(const TuningRun& run, const Field& field, std::size_t candidate) {
  const double run_seconds = field.fraction * run.expected_seconds(field.layer, candidate);
  return {.layer = field.layer,
          .candidate = candidate,
          .fraction = field.fraction,
          .repeats = repeats_for(run_seconds)};
}

double visit_cost(const TuningRun& run, const Field& field, std::size_t candidate) {
  return run.visit_seconds(race_visit(run, field, candidate),
                           run.expected_seconds(field.layer, candidate));
}

/// What the first round costs: a visit of the pivot, then three visits per challenger.
double first_round_seconds(const TuningRun& run, const Field& field) {
  const double pivot_seconds = visit_cost(run, field, field.pivot);
  double sum = pivot_seconds;
  for (const Runner& runner : field.challengers) {
    sum += pivot_seconds + 2 * visit_cost(run, field, runner.candidate);
  }
  return sum;
}

/// What the whole race is expected to cost: every round halves the field.
double race_seconds(const TuningRun& run, const Field& field) {
  return 2 * first_round_seconds(run, field);
}

/// The best `size` candidates by estimate, and the default with them.
Field make_field(const TuningRun& run, std::size_t layer, std::size_t size, double fraction) {
  const LayerState& state = run.state(layer);
  const std::vector<std::size_t> ranks = candidates_by_estimate(state);
  Field field{.layer = layer,
              .pivot = ranks.front(),
              .reference = state.reference,
              .challengers = {},
              .fraction = fraction};
  for (std::size_t i = 1; i < std::min(size, ranks.size()); ++i) {
    field.challengers.push_back({.candidate = ranks[i], .log_ratios = {}});
  }
  const auto is_reference = [&](const Runner& runner) {
    return runner.candidate == state.reference;
  };
  if (field.pivot == state.reference || std::ranges::any_of(field.challengers, is_reference)) {
    return field;
  }
  if (field.challengers.size() + 1 >= size && !field.challengers.empty())
    field.challengers.pop_back();
  field.challengers.push_back({.candidate = state.reference, .log_ratios = {}});
  return field;
}

bool is_field_sliceable(const TuningRun& run, const Field& field) {
  const std::vector<Candidate>& candidates = run.layer(field.layer).candidates;
  return candidates[field.pivot].sliceable &&
         std::ranges::all_of(field.challengers, [&](const Runner& runner) {
           return candidates[runner.candidate].sliceable;
         });
}

/// The largest field whose race fits the layer's share, at full size; else the smallest at the
/// largest slice whose first round fits what is left for all layers.
std::optional<Field> affordable_field(const TuningRun& run, std::size_t layer, double share_seconds,
                                      double left_seconds) {
  for (const std::size_t size : {kRaceField, kRaceField / 2, kRaceField / 4}) {
    Field field = make_field(run, layer, size, 1);
    if (race_seconds(run, field) <= share_seconds) return field;
  }
  for (const double fraction : {1.0, 1.0 / 4, 1.0 / 16}) {
    Field field = make_field(run, layer, 2, fraction);
    if (fraction < 1 && !is_field_sliceable(run, field)) break;
    if (first_round_seconds(run, field) <= left_seconds) return field;
  }
  return std::nullopt;
}

/// One block for each challenger, in random order; neighbouring blocks share a visit of the pivot.
/// Returns whether all of it could be run.
bool run_round(TuningRun& run, Field& field, double deadline_seconds) {
  std::vector<std::size_t> order(field.challengers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  run.shuffle(order);
  const auto seconds_of = [&](std::size_t candidate) -> std::optional<double> {
    const auto seen = run.visit(race_visit(run, field, candidate), Stage::Race, deadline_seconds);
    if (!seen) return std::nullopt;
    return std::exp(full_log_seconds(*seen));
  };
  std::optional<double> before = seconds_of(field.pivot);
  for (const std::size_t i : order) {
    if (!before) return false;
    Runner& runner = field.challengers[i];
    const auto first = seconds_of(runner.candidate);
    const auto second = first ? seconds_of(runner.candidate) : std::nullopt;
    if (!second) {
      // A candidate that fails leaves the race; running out of time ends it.
      if (run.state(field.layer).records[runner.candidate].failed) continue;
      return false;
    }
    const auto after = seconds_of(field.pivot);
    if (!after) return false;
    runner.log_ratios.push_back(abba_log_ratio(*before, *first, *second, *after));
    before = after;
  }
  return true;
}

/// Keeps the better half, without those that are surely slower than the pivot; the default stays
/// while it is close or may be.
void drop_losers(const TuningRun& run, Field& field, std::size_t size) {
  std::vector<Runner>& runners = field.challengers;
  std::erase_if(runners, [&](const Runner& runner) {
    return run.state(field.layer).records[runner.candidate].failed;
  });
  std::ranges::stable_sort(runners, {}, &Runner::score);
  const double best = runners.empty() ? 0 : std::min(runners.front().score(), 0.0);
  std::vector<Runner> kept;
  for (Runner& runner : runners) {
    const bool is_default = runner.candidate == field.reference;
    const bool is_surely_slower = is_surely_positive(runner.log_ratios);
    const bool is_close = runner.score() < best + kCloseRatio || !is_surely_slower;
    const bool is_in_half = kept.size() + 1 < size && !is_surely_slower;
    if (is_in_half || (is_default && is_close)) kept.push_back(std::move(runner));
  }
  runners = std::move(kept);
}

/// Score of the default when it left the race, or at its end.
struct Verdict {
  std::size_t winner;
  double winner_score;
  double default_score;
  std::size_t blocks;  // that compare the default with the pivot
  bool is_sure;        // that the default is slower than the winner
};

const Runner* find_runner(const Field& field, std::size_t candidate) {
  const auto found = std::ranges::find(field.challengers, candidate, &Runner::candidate);
  return found == field.challengers.end() ? nullptr : &*found;
}

/// log(default / winner) of the blocks that had both; the pivot's own score is 0.
std::vector<double> gains_of(const Runner* reference, const Runner* winner) {
  std::vector<double> gains =
      reference != nullptr ? reference->log_ratios
                           : std::vector<double>(winner != nullptr ? winner->log_ratios.size() : 0);
  if (winner == nullptr) return gains;
  gains.resize(std::min(gains.size(), winner->log_ratios.size()));
  for (std::size_t i = 0; i < gains.size(); ++i)
    gains[i] -= winner->log_ratios[i];
  return gains;
}

void update_verdict(Verdict& verdict, const Field& field) {
  verdict.winner = field.pivot;
  verdict.winner_score = 0;
  for (const Runner& runner : field.challengers) {
    if (runner.score() < verdict.winner_score) {
      verdict.winner = runner.candidate;
      verdict.winner_score = runner.score();
    }
  }
  const Runner* reference = find_runner(field, field.reference);
  if (reference == nullptr && field.pivot != field.reference) {
    verdict.is_sure = true;  // or it would not have left
    return;
  }
  const std::vector<double> gains = gains_of(reference, find_runner(field, verdict.winner));
  verdict.default_score = reference == nullptr ? 0 : reference->score();
  verdict.blocks = gains.size();
  verdict.is_sure = is_surely_positive(gains);
}

Verdict run_race(TuningRun& run, Field& field, double deadline_seconds) {
  Verdict verdict{.winner = field.reference,
                  .winner_score = 0,
                  .default_score = 0,
                  .blocks = 0,
                  .is_sure = false};
  std::size_t size = field.challengers.size() + 1;
  for (std::size_t round = 1; !field.challengers.empty() && !run.is_over(); ++round) {
    const bool is_complete = run_round(run, field, deadline_seconds);
    update_verdict(verdict, field);
    if (!is_complete || (size <= 2 && round >= kFinalBlocks)) break;
    size = std::max<std::size_t>(size / 2, 2);
    drop_losers(run, field, size);
  }
  return verdict;
}

void accept(TuningRun& run, const Field& field, const Verdict& verdict) {
  LayerState& state = run.state(field.layer);
  if (verdict.winner == field.reference || state.records[verdict.winner].failed) return;
  const double gain = std::expm1(verdict.default_score - verdict.winner_score);
  const bool is_weak = verdict.blocks < 2 || field.fraction < 1;
  if (verdict.blocks >= 2 && !verdict.is_sure) return;
  const double min_gain = run.options().min_gain;
  if (!std::isfinite(gain) ||
      gain <= (is_weak ? std::max(min_gain, kWeakEvidenceGain) : min_gain)) {
    return;
  }
  const double saved_seconds = gain * run.expected_seconds(field.layer, verdict.winner);
  if (saved_seconds < run.options().min_gain_seconds) return;
  state.chosen = verdict.winner;
  state.gain = gain;
}

/// Share of race time a layer deserves: its weight times what the search promises.
double promise(const TuningRun& run, std::size_t layer) {
  const LayerState& state = run.state(layer);
  const double best = *std::ranges::min_element(state.estimates);
  const double promised = std::expm1(state.estimates[state.reference] - best);
  if (!std::isfinite(promised)) return run.weight(layer) * kLeastPredictedGain;
  return run.weight(layer) * std::max(promised, kLeastPredictedGain);
}

}  // namespace

void race_layers(TuningRun& run, double deadline_seconds) {
  std::vector<std::pair<double, std::size_t>> queue;
  double promise_left = 0;
  for (std::size_t layer = 0; layer < run.layer_count(); ++layer) {
    if (candidates_by_estimate(run.state(layer)).size() < 2) continue;
    queue.emplace_back(promise(run, layer), layer);
    promise_left += queue.back().first;
  }
  std::ranges::stable_sort(queue, std::ranges::greater{}, &std::pair<double, std::size_t>::first);
  for (const auto& [promised, layer] : queue) {
    if (run.is_over()) return;
    const double left_seconds = deadline_seconds - run.now();
    const double share = std::min(promised / promise_left, 1.0);
    promise_left -= promised;
    auto field = affordable_field(run, layer, share * left_seconds, left_seconds);
    if (!field) continue;
    const double wanted_seconds =
        std::max(share * left_seconds, kRaceSlack * first_round_seconds(run, *field));
    const Verdict verdict =
        run_race(run, *field, run.now() + std::min(wanted_seconds, left_seconds));
    accept(run, *field, verdict);
    if (run.is_over()) return;
    run.state(layer).raced = true;
    run.report_settled(layer);
  }
}

}  // namespace tilewright::tuner
