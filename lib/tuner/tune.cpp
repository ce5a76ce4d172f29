// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/tune.h"

#include <array>
#include <string>
#include <utility>

#include "lib/tuner/race.h"
#include "lib/tuner/search_methods.h"
#include "lib/tuner/tuning_run.h"

namespace tilewright::tuner {
namespace {

constexpr double kReferenceShare = 0.25;  // of the budget: a first look at every layer's default
constexpr double kSearchShare = 0.6;      // end of the search; the rest is the race's
constexpr std::array kMethods{Method::Gp, Method::Halving, Method::Random, Method::Exhaustive};

void search(TuningRun& run, Method method, double deadline_seconds) {
  switch (method) {
    case Method::Gp:
      return search_by_gp(run, deadline_seconds);
    case Method::Halving:
      return search_by_halving(run, deadline_seconds);
    case Method::Random:
      return search_at_random(run, deadline_seconds);
    case Method::Exhaustive:
      return search_exhaustively(run, deadline_seconds);
  }
}

Status verify(const TuneOptions& options) {
  if (options.budget_ms < 0) {
    return Error{ErrorCode::InvalidArgument, "tuning: expected a budget of at least 0 ms, got " +
                                                 std::to_string(options.budget_ms)};
  }
  if (!(options.min_gain >= 0) || !(options.inference_count > 0)) {
    return Error{ErrorCode::InvalidArgument,
                 "tuning: expected min_gain >= 0 and inference_count > 0, got " +
                     std::to_string(options.min_gain) + " and " +
                     std::to_string(options.inference_count)};
  }
  if (!(options.min_gain_seconds >= 0)) {
    return Error{ErrorCode::InvalidArgument, "tuning: expected min_gain_seconds >= 0, got " +
                                                 std::to_string(options.min_gain_seconds)};
  }
  return ok();
}

}  // namespace

const char* to_string(Method method) {
  switch (method) {
    case Method::Gp:
      return "gp";
    case Method::Halving:
      return "halving";
    case Method::Random:
      return "random";
    case Method::Exhaustive:
      return "exhaustive";
  }
  return "unknown";
}

Result<Method> parse_method(std::string_view name) {
  for (const Method method : kMethods) {
    if (name == to_string(method)) return method;
  }
  return Error{
      ErrorCode::InvalidArgument,
      "tuning method: expected gp, halving, random or exhaustive, got '" + std::string(name) + "'"};
}

Result<TuningOutcome> tune(const TuningProblem& problem, Measurer& measurer,
                           const TuneOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(verify(problem));
  TILEWRIGHT_RETURN_IF_ERROR(verify(options));
  TuningRun run(problem, measurer, options);
  const double budget_seconds = static_cast<double>(options.budget_ms) * 1e-3;
  visit_references(run, kReferenceShare * budget_seconds);
  if (!run.is_over()) search(run, options.method, kSearchShare * budget_seconds);
  if (!run.is_over()) race_layers(run, budget_seconds);
  return std::move(run).outcome();
}

}  // namespace tilewright::tuner
