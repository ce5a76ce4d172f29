// SPDX-License-Identifier: Apache-2.0
// The front door of the tuner: finds the fastest candidate of every layer within a budget of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "tilewright/status.h"

#include "lib/tuner/measurer.h"
#include "lib/tuner/tuning_problem.h"

namespace tilewright::tuner {

/// How the candidates to visit are chosen. The final race is the same for all.
enum class Method : std::uint8_t {
  Gp,          // Gaussian process on the residual of the analytic time
  Halving,     // all candidates, then the better half, and so on
  Random,      // candidates drawn without replacement
  Exhaustive,  // all candidates at full size, as many times as the budget allows
};

[[nodiscard]] const char* to_string(Method method);

/// The method of that name: `gp`, `halving`, `random` or `exhaustive`.
///
/// Errors: InvalidArgument, with the names there are.
[[nodiscard]] Result<Method> parse_method(std::string_view name);

enum class Stage : std::uint8_t { Search, Race };

enum class Next : std::uint8_t { Continue, Stop };

/// What a progress callback is told after each visit.
struct Progress {
  double elapsed_seconds = 0;
  double budget_seconds = 0;
  std::size_t evaluations = 0;
  std::size_t layer = 0;  // the layer just visited
  Stage stage = Stage::Search;
};

struct LayerOutcome {
  std::size_t chosen = 0;
  std::size_t default_candidate = 0;
  double gain = 0;  // time of the default over time of the chosen, less one; measured in pairs
  double log_seconds = 0;  // of the chosen at full size; analytic where nothing was measured
  double log_seconds_deviation = 0;  // standard deviation of `log_seconds`; 0 if not measured
  std::size_t samples = 0;           // visits of the chosen
  bool settled = false;              // nothing was left to do when the tuning ended
  std::size_t evaluations = 0;       // visits of all candidates
  double cost_seconds = 0;           // of all visits
  /// Of each candidate at full size: measured, or analytic and shifted by what was measured.
  std::vector<double> candidate_log_seconds{};
};

struct TuneOptions {
  Method method = Method::Gp;
  std::int64_t budget_ms = 2000;
  std::uint64_t seed = 1;
  double min_gain = 0.015;          // a switch away from the default must save so much, paired
  double min_gain_seconds = 50e-9;  // and so much of each run, which other code around it may cost
  double inference_count = 10000;   // inferences over which the time spent here has to pay off
  std::function<Next(const Progress&)> progress{};  // may be empty
  /// Told of each layer whose race is over: its outcome is final. What that takes is no part of the
  /// budget. May be empty.
  std::function<void(std::size_t, const LayerOutcome&)> settled{};
};

/// One visit, as it happened.
struct Evaluation {
  std::size_t layer = 0;
  std::size_t candidate = 0;
  Stage stage = Stage::Search;
  double start_seconds = 0;  // since the tuning began
  double cost_seconds = 0;   // of the whole visit, preparation included
  Measurement measurement{};
};

/// What was found. The same problem, options and measurements give the same outcome.
struct TuningOutcome {
  std::vector<LayerOutcome> layers;
  std::size_t evaluations = 0;
  double elapsed_seconds = 0;
  double default_seconds = 0;  // of one inference, layers by their counts
  double tuned_seconds = 0;
  bool stopped = false;  // by the progress callback or the measurer
  std::vector<Evaluation> log;
};

/// Tunes `problem`, visiting candidates through `measurer`.
///
/// While the clock of the core is more than 10 % under the best that was seen, as it is when the
/// core is hot, nothing is measured; a tenth of the budget at most is spent on waiting.
///
/// Takes at most 1.1 times the budget plus one full run of the slowest layer, for budgets from 200
/// ms. A layer for which no race could be afforded keeps its default.
///
/// Errors: InvalidArgument for a broken problem or option; KernelFailed if no candidate of a layer
/// runs. Source: the stages, constants and stopping rule are explained in
/// docs/decisions/0008-tuner-search.md.
[[nodiscard]] Result<TuningOutcome> tune(const TuningProblem& problem, Measurer& measurer,
                                         const TuneOptions& options);

}  // namespace tilewright::tuner
