// SPDX-License-Identifier: Apache-2.0
// First trials of candidates, written into a journal right before they run and wiped out right
// behind.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tuner/blacklist.h"
#include "lib/tuner/trial_journal.h"

namespace tilewright::tuner {

/// The trial of `candidate` in a layer of that signature.
[[nodiscard]] TrialRecord trial_record(const TrialPlace& place, std::string_view signature,
                                       std::string_view candidate);

/// After it was made nothing allocates.
class FirstTrials {
 public:
  /// By layer and candidate what the journal says of its trial (`format_trial`); of empty texts
  /// nothing is recorded.
  FirstTrials(TrialJournal journal, std::vector<std::vector<std::string>> records);

  /// That candidate of `layer` runs next, until `end`. Does nothing the second time.
  void begin(std::size_t layer, std::size_t candidate);
  void end();

 private:
  TrialJournal journal_;
  std::vector<std::vector<std::string>> records_;  // empty: it has run
  bool is_open_ = false;
};

}  // namespace tilewright::tuner
