// SPDX-License-Identifier: Apache-2.0
// Runs a layer shared in two ways on the threads of one pool.
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
  /// Of layers of a network with so many bytes of weights (`weights_bytes`).
  ShareTrials(std::int32_t threads, std::int64_t network_weights_bytes);

  /// Whether the machine has a core for every thread, which a busy one has not: shares that only
  /// wait take as long together as one alone. Threads that were just made, or sleep, have some
  /// milliseconds to come.
  [[nodiscard]] bool has_cores();

  /// How much longer `op` takes by the kernel of `choice`, whose time is known, as `candidate` than
  /// as `incumbent`: one look if that is much, else several. Errors: those of laying out a trial.
  [[nodiscard]] Result<tuner::PairedRatio> compare(const ProgramOp& op, const KernelChoice& choice,
                                                   const runtime::Sharing& incumbent,
                                                   const runtime::Sharing& candidate);

  /// The same by one look alone.
  [[nodiscard]] Result<tuner::PairedRatio> look(const ProgramOp& op, const KernelChoice& choice,
                                                const runtime::Sharing& incumbent,
                                                const runtime::Sharing& candidate);

  /// About what one look takes.
  [[nodiscard]] static double look_seconds(double layer_seconds);
  /// About what one question about a layer of that time takes: comparisons but one mostly end at
  /// the first look.
  [[nodiscard]] static double search_seconds(double layer_seconds);

 private:
  /// A way to share the layer, ready to run.
  struct Entrant {
    TrialMemory& memory;
    const Trial& trial;
    runtime::BoundStep bound;
  };
  tuner::Contender contender(Entrant& entrant);
  enum class Looks : std::uint8_t { One, AsNeeded };
  Result<tuner::PairedRatio> measure(const ProgramOp& op, const KernelChoice& old_choice,
                                     const KernelChoice& new_choice, Looks looks);

  std::int32_t threads_;
  runtime::ThreadPool pool_;
  tuner::Timer timer_;
  TrialMemory incumbents_memory_;
  TrialMemory candidates_memory_;
};

}  // namespace tilewright
