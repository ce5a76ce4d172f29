// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/trial_deaths.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace tilewright::tuner {
namespace {

constexpr std::string_view kEndedIn = "ended in trial ";

CacheKey deaths_key(const TrialRecord& trial) {
  return {.op = std::string(kEndedIn) + trial.op + " " + trial.candidate,
          .device = trial.device,
          .threads = 1,
          .build = trial.build};
}

/// Entries are merged by their samples, so that each event has one more than the last.
CacheValue next_value(const CacheValue* last, const TrialRecord& trial, double deaths) {
  return {.candidate = trial.candidate,
          .log_seconds = deaths,
          .samples = last == nullptr ? 1 : last->samples + 1,
          .date_s = date_now_s()};
}

}  // namespace

TuningCache after_death(const TuningCache& known, const TrialRecord& trial) {
  const CacheKey key = deaths_key(trial);
  const CacheValue* last = find(known, key);
  const double deaths = std::min<double>(last == nullptr ? 1 : last->log_seconds + 1,  //
                                         kDeathsToBlacklist);
  TuningCache news{{key, next_value(last, trial, deaths)}};
  if (deaths >= kDeathsToBlacklist) blacklist(news, {trial.device, trial.build}, trial.candidate);
  return news;
}

TuningCache after_survival(const TuningCache& known, const TrialRecord& trial) {
  const CacheKey key = deaths_key(trial);
  return {{key, next_value(find(known, key), trial, 0)}};
}

std::vector<TrialRecord> suspected_trials(const TuningCache& known, const TrialPlace& place) {
  std::vector<TrialRecord> trials;
  const CacheKey first{.op = std::string(kEndedIn), .device = {}, .threads = 0, .build = {}};
  for (auto entry = known.lower_bound(first); entry != known.end(); ++entry) {
    const auto& [key, value] = *entry;
    if (!key.op.starts_with(kEndedIn)) break;
    if (key.device != place.device || key.build != place.build || value.log_seconds <= 0) continue;
    const std::string op = key.op.substr(kEndedIn.size());
    trials.push_back({key.device, key.build, value.candidate, op.substr(0, op.find(' '))});
  }
  return trials;
}

}  // namespace tilewright::tuner
