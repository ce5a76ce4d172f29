// SPDX-License-Identifier: Apache-2.0
// Compiled kernels that crashed on this device or computed something wrong. They stand in the
// tuning cache, as entries of their own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/tuner/cache.h"
#include "lib/tuner/measurer.h"
#include "lib/tuner/trial_journal.h"
#include "lib/tuner/tuning_problem.h"

namespace tilewright::tuner {

/// The compiled kernel of a candidate: its name up to the first slash. All its configurations are
/// the same code, so that one that is bad makes the others suspect.
[[nodiscard]] std::string_view kernel_name(std::string_view candidate);

/// Where and with what a candidate runs.
struct TrialPlace {
  std::string device{};
  std::string build{};
};

/// What a journal says while `candidate` is tried there.
[[nodiscard]] std::string trial_text(const TrialPlace& place, std::string_view candidate);

/// Adds the kernel of `candidate` to the blacklist of its place.
void blacklist(TuningCache& cache, const TrialPlace& place, std::string_view candidate);

[[nodiscard]] bool is_blacklisted(const TuningCache& cache, const TrialPlace& place,
                                  std::string_view candidate);

/// Notes that the kernel of `candidate` has computed what it should, so that nobody checks again.
void trust(TuningCache& cache, const TrialPlace& place, std::string_view candidate);

[[nodiscard]] bool is_trusted(const TuningCache& cache, const TrialPlace& place,
                              std::string_view candidate);

/// Writes each candidate into a journal before it runs for the first time.
class JournalingMeasurer final : public Measurer {
 public:
  /// All outlive the measurer.
  JournalingMeasurer(Measurer& inner, const TuningProblem& problem, TrialJournal& journal,
                     const TrialPlace& place);

  [[nodiscard]] Result<Measurement> measure(const Visit& visit) override;
  [[nodiscard]] double now_seconds() override { return inner_.now_seconds(); }

 private:
  Measurer& inner_;
  const TuningProblem& problem_;
  TrialJournal& journal_;
  const TrialPlace& place_;
  std::vector<std::vector<bool>> has_run_;  // by layer and candidate
};

}  // namespace tilewright::tuner
