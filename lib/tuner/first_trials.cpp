// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/first_trials.h"

namespace tilewright::tuner {

FirstTrials::FirstTrials(const std::vector<OpenEntry>& entries, const TrialPlace& place,
                         const std::string& cache_file)
    : journal_(cache_file.empty() ? TrialJournal() : TrialJournal::open(cache_file)) {
  for (const OpenEntry& entry : entries) {
    std::vector<std::string>& records = records_.emplace_back(entry.candidates.size());
    for (std::size_t kernel = 1; kernel < records.size(); ++kernel)
      records[kernel] = trial_text(place, entry.candidates[kernel]);
  }
}

void FirstTrials::begin(std::size_t layer, std::size_t kernel) {
  std::string& record = records_[layer][kernel];
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
