// SPDX-License-Identifier: Apache-2.0
#include "lib/share_trials.h"

#include "runtime/denormals.h"

namespace tilewright {
namespace {

constexpr std::int32_t kShareBlocks = 5;
constexpr std::int32_t kShareRepeats = 3;
constexpr double kProbeSeconds = 30e-6;
constexpr double kWakeSeconds = 4e-3;  // in which threads that were just made, or sleep, have come

struct Inputs {
  const runtime::BoundStep& step;
  std::int32_t threads;
};

/// Writes a byte of each cache line of the share's part, the same as before.
void write_part(void* user, std::int32_t share) {
  constexpr std::int64_t kLineBytes = 64;
  const auto& [step, threads] = *static_cast<const Inputs*>(user);
  for (std::size_t i = 0; i < step.src.size(); ++i) {
    if (step.step->src[i].region != runtime::Region::Arena) continue;
    const std::int64_t bytes = extent_bytes(step.step->src[i]);
    volatile std::byte* data = step.src[i].data;
    for (std::int64_t at = bytes * share / threads; at < bytes * (share + 1) / threads;
         at += kLineBytes)
      data[at] = data[at];
  }
}

void spin(void* user, std::int32_t) {
  const auto& timer = *static_cast<const tuner::Timer*>(user);
  const double begin = timer.now_seconds();
  while (timer.now_seconds() - begin < kProbeSeconds) {
  }
}

}  // namespace

ShareTrials::ShareTrials(std::int32_t threads)
    : threads_(threads), pool_(threads), timer_(tuner::machine_timer(threads)) {}

bool ShareTrials::has_cores() {
  const double first = timer_.now_seconds();
  for (double begin = first; begin - first < kWakeSeconds;) {
    pool_.run(threads_, spin, &timer_);
    const double end = timer_.now_seconds();
    if (end - begin < 1.5 * kProbeSeconds) return true;
    begin = end;
  }
  return false;
}

Result<tuner::PairedRatio> ShareTrials::log_ratio(const ProgramOp& op, const KernelChoice& choice) {
  KernelChoice one = choice;
  one.shares = 1;
  KernelChoice all = choice;
  all.shares = threads_;
  TILEWRIGHT_TRY(const Trial alone, memory_of_alone_.lay_out(op, one, threads_));
  TILEWRIGHT_TRY(const Trial shared, memory_of_shared_.lay_out(op, all, threads_));
  const runtime::FlushDenormals flush_denormals;
  return tuner::measure_paired(contender(alone), contender(shared), kShareBlocks, kShareRepeats,
                               timer_);
}

/// In a network the step before ran in shares as well, and left each share's part of what this one
/// reads in the caches of its core: one thread alone has to fetch the others' parts.
tuner::Contender ShareTrials::contender(const Trial& trial) {
  return {.run = [this, &trial]() -> Status {
            runtime::run_step(trial.bound.front(), pool_.workers());
            return ok();
          },
          .prepare = [this, &trial]() -> Status {
            Inputs inputs{trial.bound.front(), threads_};
            pool_.run(threads_, write_part, &inputs);
            return ok();
          }};
}

}  // namespace tilewright
