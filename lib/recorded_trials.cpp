// SPDX-License-Identifier: Apache-2.0
#include "lib/recorded_trials.h"

#include <algorithm>
#include <utility>

#include "lib/kernel_trust.h"
#include "lib/tuner/trial_deaths.h"

namespace tilewright {
namespace {

// Kernels compared between two writes of the file: some ten milliseconds of them.
constexpr std::size_t kSaveEvery = 8;

}  // namespace

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

CheckedTrials::CheckedTrials(std::string cache_file)
    : cache_file_(std::move(cache_file)),
      place_(this_place()),
      known_(cache_file_.empty() ? tuner::TuningCache() : tuner::load_cache(cache_file_).cache),
      suspected_(tuner::suspected_trials(known_, place_)),
      journal_(tuner::open_journal(cache_file_)) {}

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
  const bool passes = is_right(*layer.op, choice, known_, found_, messages_, around);
  if (!has_run) return passes;
  if (std::ranges::find(suspected_, trial) != suspected_.end())
    tuner::merge_cache(found_, tuner::after_survival(known_, trial));
  if (++unsaved_ >= kSaveEvery) save();
  return passes;
}

std::vector<std::string> CheckedTrials::finish() {
  if (unsaved_ > 0) save();
  return std::move(messages_);
}

void CheckedTrials::save() {
  unsaved_ = 0;
  if (cache_file_.empty()) return;
  const Status saved = tuner::save_cache(found_, cache_file_);
  if (saved) return;
  messages_.push_back(saved.error().message);
  cache_file_.clear();  // once is enough
}

}  // namespace tilewright
