// SPDX-License-Identifier: Apache-2.0
// The tuner of one session: the policy, and what it found in the cache file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tilewright/step_tuner.h"

#include "lib/tuner/cache_text.h"
#include "lib/tuner/first_trials.h"
#include "lib/tuner/in_situ_policy.h"
#include "runtime/file_replacer.h"

namespace tilewright::tuner {

/// What all sessions of a plan start from.
struct InSituSetup {
  InSituProblem problem;
  std::vector<OpenEntry> entries;  // of the problem's layers
  std::string cache_file;          // may be empty
  TrialPlace place;                // that trials are recorded for
};

class InSituTuner final : public StepTuner {
 public:
  explicit InSituTuner(const InSituSetup& setup);

  void begin_run() override;
  StepPart next(std::size_t step, std::int64_t row_begin) override;
  void report(std::size_t step, std::int64_t ns) override;
  void end_run() override;
  [[nodiscard]] std::int32_t choice(std::size_t step) const override {
    return policy_.choice(step);
  }
  [[nodiscard]] TuningProgress progress() const override { return policy_.progress(); }
  Status save() override;

 private:
  void open_file();
  void save_quietly();

  std::vector<OpenEntry> entries_;
  std::string cache_file_;
  std::vector<std::int32_t> layer_of_step_;  // -1: nothing is tried
  InSituPolicy policy_;
  FirstTrials first_trials_;
  std::optional<runtime::FileReplacer> file_;  // empty: nothing is saved in between
  std::optional<CacheText> text_;
  std::int32_t saved_layers_ = 0;
  std::int64_t next_save_run_ = 0;
};

class InSituTunerFactory final : public StepTunerFactory {
 public:
  explicit InSituTunerFactory(InSituSetup setup) : setup_(std::move(setup)) {}
  [[nodiscard]] std::unique_ptr<StepTuner> make() const override {
    return std::make_unique<InSituTuner>(setup_);
  }

 private:
  InSituSetup setup_;
};

}  // namespace tilewright::tuner
