// SPDX-License-Identifier: Apache-2.0
// Trials of kernels that may end the process: recorded while they run, and first of all those in
// which a process has ended before.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lib/cache_saver.h"
#include "lib/kernel_choice.h"
#include "lib/tuner/blacklist.h"
#include "lib/tuner/cache.h"
#include "lib/tuner/first_trials.h"
#include "lib/tuner/measurer.h"
#include "lib/tuner/trial_journal.h"
#include "lib/tuning_layers.h"

namespace tilewright {

/// Of all candidates of `layers`, in a journal beside `cache_file`; of none without a file.
[[nodiscard]] tuner::FirstTrials first_trials_of(std::span<const KernelLayer> layers,
                                                 const std::string& cache_file);

/// Visits the candidates of `layers` in whose trials a process has ended, as `known` says, before
/// any other: whatever ends a process does so at once, and is blacklisted by the next. What
/// survives is not suspected any more; that goes into `found`.
void retry_suspected(std::span<const KernelLayer> layers, tuner::Measurer& measurer,
                     const tuner::TuningCache& known, tuner::TuningCache& found);

/// Compares kernels with the reference before they are tried in inferences, whose answers they
/// make.
class CheckedTrials {
 public:
  /// Reads and writes the file, if there is one: each kernel is compared once for a device and
  /// build, whatever ends the process in between.
  explicit CheckedTrials(const std::string& cache_file);
  CheckedTrials(const CheckedTrials&) = delete;
  CheckedTrials& operator=(const CheckedTrials&) = delete;

  /// Whether it computes what the reference does (`is_right`).
  [[nodiscard]] bool passes(const KernelLayer& layer, const KernelChoice& choice);

  /// Keeps what was found; gives messages about what was wrong.
  [[nodiscard]] std::vector<std::string> finish();

 private:
  tuner::TrialPlace place_;
  tuner::TuningCache known_;
  tuner::TuningCache found_;
  std::vector<tuner::TrialRecord> suspected_;
  tuner::TrialJournal journal_;
  std::vector<std::string> messages_;
  CacheSaver saver_;
};

}  // namespace tilewright
