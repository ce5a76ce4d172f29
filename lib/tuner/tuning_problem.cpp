// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/tuning_problem.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "tilewright/detail/check.h"

namespace tilewright::tuner {
namespace {

bool all_finite(const Candidate& candidate) {
  return std::isfinite(candidate.analytic_log_seconds) &&
         std::ranges::all_of(candidate.features, [](double x) { return std::isfinite(x); });
}

Error invalid(const Layer& layer, const std::string& what) {
  return Error{ErrorCode::InvalidArgument, "tuning problem: layer '" + layer.name + "': " + what};
}

Status verify_layer(const Layer& layer) {
  if (layer.count == 0) return invalid(layer, "expected a count of at least 1, got 0");
  if (layer.candidates.empty()) return invalid(layer, "expected a candidate, got none");
  if (layer.known_good && *layer.known_good >= layer.candidates.size())
    return invalid(layer, "expected a known candidate, got one beyond the list");
  std::set<std::string_view> names;
  for (const Candidate& candidate : layer.candidates) {
    const std::string quoted = "'" + candidate.name + "'";
    if (!names.insert(candidate.name).second) {
      return invalid(layer, "expected unique candidate names, got " + quoted + " twice");
    }
    if (!all_finite(candidate)) {
      return invalid(layer, "expected finite numbers, got others in candidate " + quoted);
    }
  }
  return ok();
}

}  // namespace

std::size_t default_candidate(const Layer& layer) {
  TILEWRIGHT_CHECK(!layer.candidates.empty());
  if (layer.known_good) return *layer.known_good;
  const auto best =
      std::ranges::min_element(layer.candidates, {}, &Candidate::analytic_log_seconds);
  return static_cast<std::size_t>(best - layer.candidates.begin());
}

std::optional<std::size_t> find_candidate(const Layer& layer, std::string_view name) {
  const auto found = std::ranges::find(layer.candidates, name, &Candidate::name);
  if (found == layer.candidates.end()) return std::nullopt;
  return static_cast<std::size_t>(found - layer.candidates.begin());
}

Status verify(const TuningProblem& problem) {
  for (const Layer& layer : problem.layers)
    TILEWRIGHT_RETURN_IF_ERROR(verify_layer(layer));
  return ok();
}

}  // namespace tilewright::tuner
