// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/first_trials.h"

#include <utility>

namespace tilewright::tuner {

TrialRecord trial_record(const TrialPlace& place, std::string_view signature,
                         std::string_view candidate) {
  return {place.device, place.build, std::string(candidate), trial_op(signature)};
}

FirstTrials::FirstTrials(TrialJournal journal, std::vector<std::vector<std::string>> records)
    : journal_(std::move(journal)), records_(std::move(records)) {}

void FirstTrials::begin(std::size_t layer, std::size_t candidate) {
  std::string& record = records_[layer][candidate];
  if (record.empty()) return;
  journal_.begin(record);
  is_open_ = true;
  record.clear();
}

void FirstTrials::end() {
  if (!is_open_) return;
  journal_.end();
  is_open_ = false;
}

}  // namespace tilewright::tuner
