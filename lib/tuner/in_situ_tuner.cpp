// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/in_situ_tuner.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tilewright::tuner {
namespace {

// The file is written after so many inferences, then each time their number has doubled.
constexpr std::int64_t kFirstSaveRun = 25;

CacheValue value_of(const InSituPolicy& policy, std::size_t layer) {
  const double seconds = 1e-9 * std::max(policy.layer_ns(layer), 1.0);
  return {.candidate = {},
          .log_seconds = std::log(seconds),
          .deviation = policy.layer_deviation(layer),
          .samples = policy.layer_samples(layer),
          .clock_hz = 0,
          .date_s = date_now_s()};
}

/// Of all candidates but the untuned ones, which are no trials.
FirstTrials first_trials(const InSituSetup& setup) {
  std::vector<std::vector<std::string>> records;
  for (const OpenEntry& entry : setup.entries) {
    records.emplace_back(entry.candidates.size());
    for (std::size_t kernel = 1; kernel < entry.candidates.size(); ++kernel) {
      records.back()[kernel] =
          format_trial(trial_record(setup.place, entry.key.op, entry.candidates[kernel]));
    }
  }
  return {open_journal(setup.cache_file), std::move(records)};
}

}  // namespace

InSituTuner::InSituTuner(const InSituSetup& setup)
    : entries_(setup.entries),
      cache_file_(setup.cache_file),
      layer_of_step_(setup.problem.layer_of_step),
      policy_(setup.problem),
      first_trials_(first_trials(setup)),
      next_save_run_(kFirstSaveRun) {
  open_file();
}

void InSituTuner::open_file() {
  file_.reset();
  if (cache_file_.empty()) return;
  Result<runtime::FileReplacer> file = runtime::FileReplacer::prepare(cache_file_);
  if (!file) return;  // `save` says why
  LoadedCache loaded = load_cache(cache_file_);
  if (loaded.is_foreign) return;
  text_.emplace(std::move(loaded.cache), entries_);
  file_.emplace(*std::move(file));
}

/// A run before may have been cancelled behind a trial.
void InSituTuner::begin_run() {
  first_trials_.end();
  policy_.begin_run();
}

StepPart InSituTuner::next(std::size_t step, std::int64_t row_begin) {
  first_trials_.end();
  const StepPart part = policy_.next(step, row_begin);
  if (part.kernel > 0) {
    first_trials_.begin(static_cast<std::size_t>(layer_of_step_[step]),
                        static_cast<std::size_t>(part.kernel));
  }
  return part;
}

void InSituTuner::report(std::size_t step, std::int64_t ns) {
  first_trials_.end();
  policy_.report(step, ns);
}

void InSituTuner::end_run() {
  first_trials_.end();
  policy_.end_run();
  const TuningProgress now = policy_.progress();
  if (now.runs < next_save_run_ || now.settled_layers == saved_layers_) return;
  // Writing takes some time of this inference too, so it is one without trials.
  const bool is_quiet = policy_.spent_ns() == 0;
  const bool is_late = now.runs > 2 * next_save_run_;
  if (is_quiet || is_late) save_quietly();
}

/// Allocates nothing, and gives way to others who write the file.
void InSituTuner::save_quietly() {
  next_save_run_ = 2 * policy_.progress().runs;
  if (!file_ || !file_->is_untouched()) return;
  text_->begin();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!policy_.is_settled(i)) continue;
    text_->add(i, static_cast<std::size_t>(policy_.layer_choice(i)), value_of(policy_, i));
  }
  const std::string_view text = text_->end();
  if (file_->replace(std::as_bytes(std::span(text))))
    saved_layers_ = policy_.progress().settled_layers;
}

Status InSituTuner::save() {
  if (cache_file_.empty()) {
    return Error{ErrorCode::InvalidArgument,
                 "save_tuning: expected a cache file in the options of compile, got none"};
  }
  TuningCache found;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!policy_.is_settled(i)) continue;
    CacheValue value = value_of(policy_, i);
    value.candidate = entries_[i].candidates[static_cast<std::size_t>(policy_.layer_choice(i))];
    value.clock_hz = entries_[i].clock_hz;
    found[entries_[i].key] = std::move(value);
  }
  TILEWRIGHT_RETURN_IF_ERROR(save_cache(found, cache_file_));
  saved_layers_ = policy_.progress().settled_layers;
  open_file();
  return ok();
}

}  // namespace tilewright::tuner
