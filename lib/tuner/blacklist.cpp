// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/blacklist.h"

namespace tilewright::tuner {
namespace {

constexpr const char* kBlacklisted = "blacklisted kernel ";
constexpr const char* kTrusted = "trusted kernel ";

CacheKey kernel_key(const char* what, const TrialPlace& place, std::string_view candidate) {
  return {.op = what + std::string(kernel_name(candidate)),
          .device = place.device,
          .threads = 1,
          .build = place.build};
}

}  // namespace

std::string_view kernel_name(std::string_view candidate) {
  return candidate.substr(0, candidate.find('/'));
}

std::string trial_text(const TrialPlace& place, std::string_view candidate) {
  return format_trial({place.device, place.build, std::string(candidate)});
}

void blacklist(TuningCache& cache, const TrialPlace& place, std::string_view candidate) {
  cache.emplace(kernel_key(kBlacklisted, place, candidate),
                CacheValue{.candidate = std::string(candidate), .samples = 1});
}

bool is_blacklisted(const TuningCache& cache, const TrialPlace& place, std::string_view candidate) {
  return cache.contains(kernel_key(kBlacklisted, place, candidate));
}

void trust(TuningCache& cache, const TrialPlace& place, std::string_view candidate) {
  cache.emplace(kernel_key(kTrusted, place, candidate),
                CacheValue{.candidate = std::string(candidate), .samples = 1});
}

bool is_trusted(const TuningCache& cache, const TrialPlace& place, std::string_view candidate) {
  return cache.contains(kernel_key(kTrusted, place, candidate));
}

JournalingMeasurer::JournalingMeasurer(Measurer& inner, const TuningProblem& problem,
                                       TrialJournal& journal, const TrialPlace& place)
    : inner_(inner), problem_(problem), journal_(journal), place_(place) {
  for (const Layer& layer : problem.layers)
    has_run_.emplace_back(layer.candidates.size(), false);
}

Result<Measurement> JournalingMeasurer::measure(const Visit& visit) {
  if (has_run_[visit.layer][visit.candidate]) return inner_.measure(visit);
  journal_.begin(trial_text(place_, problem_.layers[visit.layer].candidates[visit.candidate].name));
  Result<Measurement> seen = inner_.measure(visit);
  journal_.end();
  has_run_[visit.layer][visit.candidate] = true;
  return seen;
}

}  // namespace tilewright::tuner
