// SPDX-License-Identifier: Apache-2.0
#include "bench/tuner/replay_strategies.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "lib/tuner/gp.h"
#include "lib/tuner/halving.h"
#include "lib/tuner/promise.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void shuffle(Replay& replay, std::vector<std::size_t>& order) {
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[replay.draw(i)]);
}

std::vector<std::size_t> shuffled(Replay& replay) {
  std::vector<std::size_t> order(replay.layer().candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  shuffle(replay, order);
  return order;
}

std::vector<std::size_t> by_prior(const Replay& replay) {
  return tuner::by_analytic_time(replay.layer().candidates);
}

void look_in_turn(Replay& replay, const std::vector<std::size_t>& order) {
  for (const std::size_t candidate : order)
    replay.look(candidate);
}

void search_randomly(Replay& replay) {
  look_in_turn(replay, shuffled(replay));
}

void search_by_prior(Replay& replay) {
  look_in_turn(replay, by_prior(replay));
}

double distance(const tuner::Candidate& a, const tuner::Candidate& b) {
  double sum = a.categories == b.categories ? 0 : 1;
  for (std::size_t i = 0; i < a.features.size(); ++i)
    sum += (a.features[i] - b.features[i]) * (a.features[i] - b.features[i]);
  return sum;
}

/// The eight candidates that are most alike.
std::vector<std::size_t> neighbours(const Replay& replay, std::size_t center) {
  constexpr std::size_t kCount = 8;
  const std::vector<tuner::Candidate>& candidates = replay.layer().candidates;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (i != center) order.push_back(i);
  std::ranges::stable_sort(
      order, {}, [&](std::size_t i) { return distance(candidates[center], candidates[i]); });
  order.resize(std::min(order.size(), kCount));
  return order;
}

std::size_t any_unseen(Replay& replay) {
  for (const std::size_t candidate : shuffled(replay))
    if (!replay.is_seen(candidate)) return candidate;
  return replay.draw(replay.layer().candidates.size());
}

/// From the best by the prior to its best neighbour, and on; at the end of the valley anywhere.
void descend(Replay& replay) {
  std::size_t center = by_prior(replay).front();
  while (!replay.is_over()) {
    replay.look(center);
    std::size_t best = center;
    for (const std::size_t next : neighbours(replay, center)) {
      if (!replay.is_seen(next)) replay.look(next);
      if (replay.seen(next) < replay.seen(best)) best = next;
    }
    center = best != center ? best : any_unseen(replay);
  }
}

/// Without a prior: any twenty, down to one.
void halve(Replay& replay) {
  std::vector<std::size_t> field = shuffled(replay);
  field.resize(std::min<std::size_t>(field.size(), 20));
  while (!replay.is_over()) {
    look_in_turn(replay, field);
    std::ranges::stable_sort(field, {}, [&](std::size_t i) { return replay.seen(i); });
    field.resize(std::max<std::size_t>(field.size() / 2, 1));
  }
}

/// As the tuner does (`search_by_halving`): the default first, so that times are known, then as
/// many of the analytically best as fit, down to the field of a race.
void halve_by_prior(Replay& replay) {
  replay.look(tuner::default_candidate(replay.layer()));
  std::vector<std::size_t> field = by_prior(replay);
  const double looks = static_cast<double>(replay.left());
  field.resize(std::min(field.size(), tuner::first_round_size(looks)));
  while (!field.empty() && !replay.is_over()) {
    shuffle(replay, field);
    look_in_turn(replay, field);
    std::vector<double> estimates;
    for (std::size_t i = 0; i < replay.layer().candidates.size(); ++i)
      estimates.push_back(replay.seen(i));
    field = tuner::next_round(std::move(field), estimates);
  }
}

void anneal(Replay& replay) {
  std::size_t center = any_unseen(replay);
  double here = replay.look(center);
  for (double temperature = 0.3; !replay.is_over(); temperature *= 0.9) {
    const std::vector<std::size_t> near = neighbours(replay, center);
    std::size_t next = near.empty() ? center : near[replay.draw(near.size())];
    if (replay.is_seen(next)) next = any_unseen(replay);
    const double there = replay.look(next);
    if (there < here || replay.uniform() < std::exp((here - there) / temperature)) {
      center = next;
      here = there;
    }
  }
}

/// Mean of Gaussian bumps around `centers`.
double density(const Replay& replay, const std::vector<std::size_t>& centers, std::size_t at) {
  const std::vector<tuner::Candidate>& candidates = replay.layer().candidates;
  double sum = 1e-6;
  for (const std::size_t center : centers)
    sum += std::exp(-2 * distance(candidates[center], candidates[at]));
  return sum / static_cast<double>(centers.size() + 1);
}

/// Tree-structured Parzen estimator: where good looks are dense and bad ones are not.
void search_by_densities(Replay& replay) {
  for (int i = 0; i < 5; ++i)
    replay.look(any_unseen(replay));
  while (!replay.is_over()) {
    std::vector<std::size_t> seen;
    for (std::size_t i = 0; i < replay.layer().candidates.size(); ++i)
      if (replay.is_seen(i)) seen.push_back(i);
    if (seen.size() == replay.layer().candidates.size()) return;
    std::ranges::stable_sort(seen, {}, [&](std::size_t i) { return replay.seen(i); });
    const auto middle = seen.begin() + static_cast<std::ptrdiff_t>((seen.size() + 3) / 4);
    const std::vector<std::size_t> good(seen.begin(), middle);
    const std::vector<std::size_t> bad(middle, seen.end());
    std::size_t best = any_unseen(replay);
    double best_ratio = -1;
    for (std::size_t i = 0; i < replay.layer().candidates.size(); ++i) {
      if (replay.is_seen(i)) continue;
      const double ratio = density(replay, good, i) / density(replay, bad, i);
      if (ratio > best_ratio) best_ratio = ratio, best = i;
    }
    replay.look(best);
  }
}

/// Expected improvement over the least mean of what was seen; `candidates` bring the prior mean.
void search_by_gp(Replay& replay, const std::vector<tuner::Candidate>& candidates,
                  std::size_t first, const tuner::Hyperparameters& hyperparameters, bool refits) {
  constexpr double kNoiseVariance = 0.03 * 0.03;
  tuner::Gp gp(candidates, hyperparameters);
  std::size_t next = first;
  while (!replay.is_over()) {
    gp.add({.candidate = next, .log_seconds = replay.look(next), .noise_variance = kNoiseVariance});
    if (refits && tuner::is_refit_due(gp.observations().size()))
      gp = tuner::refitted(gp, hyperparameters);
    const auto best = tuner::most_promising(gp, tuner::incumbent_log_seconds(gp),
                                            [&](std::size_t i) { return !replay.is_seen(i); });
    next = best ? best->candidate : replay.best_seen();
  }
  for (std::size_t i = 0; i < candidates.size(); ++i)
    replay.estimates[i] = replay.is_seen(i) ? gp.mean(i) : kInfinity;
}

void search_by_gp_alone(Replay& replay) {
  const std::size_t first = any_unseen(replay);
  std::vector<tuner::Candidate> candidates = replay.layer().candidates;
  const double level = replay.look(first);
  for (tuner::Candidate& candidate : candidates)
    candidate.analytic_log_seconds = level;
  search_by_gp(replay, candidates, first, {}, false);
}

void search_by_gp_and_prior(Replay& replay) {
  search_by_process(replay, {}, false);
}

}  // namespace

void search_by_process(Replay& replay, const tuner::Hyperparameters& hyperparameters, bool refits) {
  search_by_gp(replay, replay.layer().candidates, tuner::default_candidate(replay.layer()),
               hyperparameters, refits);
}

Replay::Replay(const tuner::Layer& layer, std::size_t limit, std::uint64_t seed,
               std::function<double(std::size_t, std::mt19937_64&)> look)
    : estimates(layer.candidates.size(), kInfinity),
      layer_(layer),
      limit_(limit),
      random_(seed),
      look_(std::move(look)),
      samples_(layer.candidates.size()) {}

double Replay::look(std::size_t candidate) {
  if (is_over()) return seen(candidate);
  samples_[candidate].push_back(look_(candidate, random_));
  order_.push_back(candidate);
  return samples_[candidate].back();
}

double Replay::seen(std::size_t candidate) const {
  return samples_[candidate].empty() ? kInfinity : tuner::median(samples_[candidate]);
}

std::size_t Replay::best_seen() const {
  std::size_t best = order_.front();
  for (const std::size_t candidate : order_)
    if (seen(candidate) < seen(best)) best = candidate;
  return best;
}

const std::vector<Strategy>& strategies() {
  static const std::vector<Strategy> all{
      {"random", search_randomly},           {"prior only", search_by_prior},
      {"coordinate descent", descend},       {"successive halving", halve},
      {"halving + prior", halve_by_prior},   {"simulated annealing", anneal},
      {"TPE", search_by_densities},          {"GP", search_by_gp_alone},
      {"GP + prior", search_by_gp_and_prior}};
  return all;
}

void race(Replay& replay) {
  const auto estimate = [&](std::size_t i) {
    return std::isfinite(replay.estimates[i]) ? replay.estimates[i] : replay.seen(i);
  };
  std::vector<std::size_t> field(replay.layer().candidates.size());
  std::iota(field.begin(), field.end(), std::size_t{0});
  std::ranges::stable_sort(field, {}, estimate);
  replay.allow(14);
  for (const std::size_t size : {8, 4, 2}) {
    field.resize(std::min(field.size(), size));
    for (const std::size_t candidate : field)
      replay.look(candidate);
    std::ranges::stable_sort(field, {}, [&](std::size_t i) { return replay.seen(i); });
  }
  // Only the field counts in the end: others were seen once, and luckily.
  for (std::size_t i = 0; i < replay.estimates.size(); ++i)
    replay.estimates[i] = kInfinity;
  for (const std::size_t candidate : field)
    replay.estimates[candidate] = replay.seen(candidate);
}

}  // namespace tilewright::bench
