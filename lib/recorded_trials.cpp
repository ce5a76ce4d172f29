// SPDX-License-Identifier: Apache-2.0
#include "lib/recorded_trials.h"

#include <algorithm>
#include <utility>

#include "lib/kernel_trust.h"
#include "lib/tuner/trial_deaths.h"

namespace tilewright {
tuner::FirstTrials first_trials_of(std::span<const KernelLayer> layers,
                                   const std::string& cache_file) {
  const tuner::TrialPlace place = this_place();
  std::vector<std::vector<std::string>> records;
  for (const KernelLayer& layer : layers) {
    tuner::TrialRecord record = tuner::trial_record(place, layer.signature, "");
    std::vector<std::string>& texts = records.emplace_back();
    for (const KernelChoice& choice : layer.candidates) {
      record.candidate = candidate_name(choice);
      texts.push_back(cache_file.empty() ? std::string() : tuner::format_trial(record));
    }
  }
  return {tuner::open_journal(cache_file), std::move(records)};
}

void retry_suspected(std::span<const KernelLayer> layers, tuner::Measurer& measurer,
                     const tuner::TuningCache& known, tuner::TuningCache& found) {
  for (const tuner::TrialRecord& trial : tuner::suspected_trials(known, this_place())) {
    const auto layer = std::ranges::find(
        layers, trial.op, [](const KernelLayer& own) { return tuner::trial_op(own.signature); });
    if (layer == layers.end()) continue;
    const auto choice = std::ranges::find(layer->candidates, trial.candidate, candidate_name);
    if (choice == layer->candidates.end()) continue;
    const auto seen =
        measurer.measure({.layer = static_cast<std::size_t>(layer - layers.begin()),
                          .candidate = static_cast<std::size_t>(choice - layer->candidates.begin()),
                          .repeats = 1});
    if (seen) tuner::merge_cache(found, tuner::after_survival(known, trial));
  }
}

CheckedTrials::CheckedTrials(const std::string& cache_file)
    : place_(this_place()),
      known_(cache_file.empty() ? tuner::TuningCache() : tuner::load_cache(cache_file).cache),
      suspected_(tuner::suspected_trials(known_, place_)),
      journal_(tuner::open_journal(cache_file)),
      saver_(cache_file, messages_) {}

bool CheckedTrials::passes(const KernelLayer& layer, const KernelChoice& choice) {
  const tuner::TrialRecord trial =
      tuner::trial_record(place_, layer.signature, candidate_name(choice));
  bool has_run = false;
  const tuner::AroundRun around{.before = [&] { journal_.begin(tuner::format_trial(trial)); },
                                .after =
                                    [&] {
                                      journal_.end();
                                      has_run = true;
                                    }};
  const bool passes = is_right(place_, *layer.op, choice, known_, found_, messages_, around);
  if (!has_run) return passes;
  if (std::ranges::find(suspected_, trial) != suspected_.end())
    tuner::merge_cache(found_, tuner::after_survival(known_, trial));
  saver_.note(found_);
  return passes;
}

std::vector<std::string> CheckedTrials::finish() {
  saver_.save(found_);
  return messages_;
}

}  // namespace tilewright
