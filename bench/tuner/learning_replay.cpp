// SPDX-License-Identifier: Apache-2.0
// What the tuner would gain by learning from layers that it saw before, on recorded tables of one
// machine, a network each.
//
//   learning_replay [--seeds=50] TABLE.json...
//
// Others: every candidate of all other networks was seen, without noise. Own: of all other layers
// of the same network, the 20 that are fastest by analytic time. Both see more than a tuner would.
// Each layer is then searched, by halving and by the process, around the analytic times with what
// was learnt added. Hyperparameters that were fitted go to standard error.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/tuner/known_layers.h"
#include "bench/tuner/replay_score.h"
#include "lib/tuner/halving.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

using Layers = std::vector<KnownLayer>;
using Hyperparameters = tuner::Hyperparameters;

constexpr std::size_t kLeastCandidates = 16;

std::vector<Seen> seen_of_others(const Layers& layers, const KnownLayer& target) {
  std::vector<Seen> seen;
  for (const KnownLayer& layer : layers) {
    if (layer.network == target.network) continue;
    for (std::size_t c = 0; c < layer.residuals.size(); ++c)
      seen.push_back({&layer, c});
  }
  return seen;
}

std::vector<Seen> seen_of_own(const Layers& layers, const KnownLayer& target) {
  constexpr std::size_t kLooks = 20;
  std::vector<Seen> seen;
  for (const KnownLayer& layer : layers) {
    if (layer.network != target.network || &layer == &target) continue;
    std::vector<std::size_t> ranks = tuner::by_analytic_time(layer.recorded.layer.candidates);
    ranks.resize(std::min(ranks.size(), kLooks));
    for (const std::size_t c : ranks)
      seen.push_back({&layer, c});
  }
  return seen;
}

/// What is learnt for a layer before it is searched.
struct Lesson {
  std::vector<double> added{};  // to the analytic log times; none if empty
  Hyperparameters hyperparameters{};
  bool refits = false;
};

struct Learner {
  std::string name;
  std::function<Lesson(const KnownLayer& target)> learn;
};

Hyperparameters fitted_to_others(const Layers& layers, const KnownLayer& target) {
  std::vector<const KnownLayer*> others;
  for (const KnownLayer& layer : layers)
    if (layer.network != target.network) others.push_back(&layer);
  const Hyperparameters fitted = fit_hyperparameters(others);
  std::fprintf(
      stderr,
      "table %zu held out: level %.2f variant %.2f residual %.2f length %.2f category %.2f\n",
      target.network + 1, fitted.level, fitted.variant, fitted.residual, fitted.length,
      fitted.category);
  return fitted;
}

/// `f` of the first layer of each network stands for all of it.
template <typename Value>
std::function<Value(const KnownLayer&)> once_per_network(
    std::function<Value(const KnownLayer&)> f) {
  return [f, known = std::map<std::size_t, Value>()](const KnownLayer& target) mutable {
    if (!known.contains(target.network)) known.emplace(target.network, f(target));
    return known.at(target.network);
  };
}

std::vector<Learner> learners(const Layers& layers) {
  using Source = std::vector<Seen> (*)(const Layers&, const KnownLayer&);
  std::vector<Learner> all{{"nothing", [](const KnownLayer&) { return Lesson{}; }}};
  for (const auto& [source_name, source] :
       {std::pair<std::string, Source>{"others", seen_of_others}, {"own", seen_of_own}}) {
    all.push_back(
        {std::string("rates, ").append(source_name), [&layers, source](const KnownLayer& target) {
           return Lesson{.added = refit_rates(target, source(layers, target))};
         }});
    all.push_back(
        {std::string("kernels, ").append(source_name), [&layers, source](const KnownLayer& target) {
           return Lesson{.added = carry_over(target, source(layers, target), 0)};
         }});
    all.push_back({std::string("kernels and residuals, ").append(source_name),
                   [&layers, source](const KnownLayer& target) {
                     const std::vector<Seen> seen = source(layers, target);
                     return Lesson{.added = carry_over(target, seen, best_share(seen))};
                   }});
  }
  all.push_back(
      {"hyperparameters, others",
       [fitted = once_per_network<Hyperparameters>([&](const KnownLayer& target) {
          return fitted_to_others(layers, target);
        })](const KnownLayer& target) { return Lesson{.hyperparameters = fitted(target)}; }});
  all.push_back(
      {"residual's scale, this layer", [](const KnownLayer&) { return Lesson{.refits = true}; }});
  return all;
}

/// Regret of the default, with what was learnt.
double default_regret(const RecordedLayer& layer) {
  std::vector<double> seconds;
  for (const std::vector<double>& row : layer.seconds)
    seconds.push_back(tuner::median(row));
  return seconds[tuner::default_candidate(layer.layer)] / *std::ranges::min_element(seconds) - 1;
}

void search(const RecordedLayer& layer, const Strategy& strategy, std::uint64_t seeds,
            Score& score) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    replay_clean(layer, strategy, seed, score);
    score.noisy.back().raced.push_back(replay_noisy(layer, strategy, seed, kLooks, true));
  }
}

void print_row(const Learner& learner, const Layers& layers, std::uint64_t seeds) {
  const auto halving =
      std::ranges::find(strategies(), std::string_view("halving + prior"), &Strategy::name);
  std::vector<double> defaults;
  Score halved, processed;
  for (const KnownLayer& known : layers) {
    if (known.residuals.size() < kLeastCandidates) continue;
    const Lesson lesson = learner.learn(known);
    RecordedLayer layer = known.recorded;
    for (std::size_t c = 0; c < lesson.added.size(); ++c)
      layer.layer.candidates[c].analytic_log_seconds += lesson.added[c];
    defaults.push_back(default_regret(layer));
    search(layer, *halving, seeds, halved);
    const Strategy process{"process", [&](Replay& replay) {
                             search_by_process(replay, lesson.hyperparameters, lesson.refits);
                           }};
    search(layer, process, seeds, processed);
  }
  std::printf("| %s | %.1f %%", learner.name.c_str(), 100 * mean(defaults));
  for (const Score& score : {halved, processed}) {
    std::printf(" | %.0f | %.0f | %.1f | %.1f | %.2f %%", tuner::median(score.to_5),
                tuner::median(score.to_2), mean(score.to_5), mean(score.to_2),
                100 * mean(score.noisy.back().raced));
  }
  std::puts(" |");
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  std::uint64_t seeds = 50;
  std::vector<std::string> tables;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--seeds=", 8) == 0) {
      seeds = std::strtoull(argv[i] + 8, nullptr, 10);
    } else {
      tables.emplace_back(argv[i]);
    }
  }
  if (tables.size() < 2 || seeds == 0) return 2;
  const auto layers = read_layers(tables);
  if (!layers) {
    std::fprintf(stderr, "learning_replay: %s\n", layers.error().message.c_str());
    return 1;
  }
  std::puts(
      "| learnt, from | regret of the default | halving: looks to 5 % | to 2 % | mean to 5 % | "
      "mean "
      "to 2 % | raced | process: looks to 5 % | to 2 % | mean to 5 % | mean to 2 % | raced |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|");
  for (const Learner& learner : learners(*layers))
    print_row(learner, *layers, seeds);
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  return tilewright::bench::run(argc, argv);
}
