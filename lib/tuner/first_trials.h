// SPDX-License-Identifier: Apache-2.0
// Trials inside inferences, written into a journal before they run for the first time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/tuner/blacklist.h"
#include "lib/tuner/cache_text.h"
#include "lib/tuner/trial_journal.h"

namespace tilewright::tuner {

/// One session's. After it was made nothing allocates.
class FirstTrials {
 public:
  /// Of the candidates of `entries`, of which the first is the untuned one. Records nothing if
  /// `cache_file` is empty or has no folder to write to.
  FirstTrials(const std::vector<OpenEntry>& entries, const TrialPlace& place,
              const std::string& cache_file);

  /// Candidate `kernel` of `layer` runs next; until `end`, dying means that it was the cause. Does
  /// nothing the second time.
  void begin(std::size_t layer, std::size_t kernel);
  void end();

 private:
  TrialJournal journal_;
  std::vector<std::vector<std::string>> records_;  // by layer and kernel; empty: it has run
  bool is_open_ = false;
};

}  // namespace tilewright::tuner
