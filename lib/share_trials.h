// SPDX-License-Identifier: Apache-2.0
// Runs a layer alone and shared on the threads of one pool.
#pragma once

#include <cstdint>

#include "tilewright/status.h"

#include "lib/kernel_choice.h"
#include "lib/trial_memory.h"
#include "lib/tuner/measure.h"
#include "runtime/thread_pool.h"

namespace tilewright {

class ShareTrials {
 public:
  explicit ShareTrials(std::int32_t threads);

  /// Whether the machine has a core for every thread, which a busy one has not: shares that only
  /// wait take as long together as one alone. Threads that were just made, or sleep, have some
  /// milliseconds to come.
  [[nodiscard]] bool has_cores();

  /// Of the time in shares over that of one thread. Errors: those of laying out a trial.
  [[nodiscard]] Result<tuner::PairedRatio> log_ratio(const ProgramOp& op,
                                                     const KernelChoice& choice);

 private:
  tuner::Contender contender(const Trial& trial);

  std::int32_t threads_;
  runtime::ThreadPool pool_;
  tuner::Timer timer_;
  TrialMemory memory_of_alone_;
  TrialMemory memory_of_shared_;
};

}  // namespace tilewright
