// SPDX-License-Identifier: Apache-2.0
#include "lib/share_trials.h"

#include <cmath>

#include "lib/share_search.h"
#include "runtime/denormals.h"

namespace tilewright {
namespace {

constexpr std::int32_t kShareBlocks = 5;
constexpr double kLongSeconds = 100e-6;  // noise of some microseconds is little beside them
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

KernelChoice shared_as(KernelChoice choice, const runtime::Sharing& sharing) {
  choice.sharing = sharing;
  return choice;
}

std::int32_t repeats_of(double seconds) {
  return seconds > kLongSeconds ? 1 : 3;
}

}  // namespace

ShareTrials::ShareTrials(std::int32_t threads, std::int64_t network_weights_bytes)
    : threads_(threads),
      pool_(threads),
      timer_(tuner::machine_timer(threads)),
      incumbents_memory_(network_weights_bytes),
      candidates_memory_(network_weights_bytes) {}

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

Result<tuner::PairedRatio> ShareTrials::compare(const ProgramOp& op, const KernelChoice& choice,
                                                const runtime::Sharing& incumbent,
                                                const runtime::Sharing& candidate) {
  return measure(op, shared_as(choice, incumbent), shared_as(choice, candidate), Looks::AsNeeded);
}

Result<tuner::PairedRatio> ShareTrials::look(const ProgramOp& op, const KernelChoice& choice,
                                             const runtime::Sharing& incumbent,
                                             const runtime::Sharing& candidate) {
  return measure(op, shared_as(choice, incumbent), shared_as(choice, candidate), Looks::One);
}

Result<tuner::PairedRatio> ShareTrials::measure(const ProgramOp& op, const KernelChoice& old_choice,
                                                const KernelChoice& new_choice, Looks looks) {
  TILEWRIGHT_TRY(const Trial old_trial, incumbents_memory_.lay_out(op, old_choice, threads_));
  TILEWRIGHT_TRY(const Trial new_trial, candidates_memory_.lay_out(op, new_choice, threads_));
  Entrant old_entrant{incumbents_memory_, old_trial, old_trial.bound.front()};
  Entrant new_entrant{candidates_memory_, new_trial, new_trial.bound.front()};
  const tuner::Contender old_way = contender(old_entrant);
  const tuner::Contender new_way = contender(new_entrant);
  const std::int32_t repeats = repeats_of(std::exp(old_choice.log_seconds));
  const runtime::FlushDenormals flush_denormals;
  TILEWRIGHT_TRY(const tuner::PairedRatio look,
                 tuner::measure_paired(old_way, new_way, 1, repeats, timer_));
  if (looks == Looks::One || look.log_ratio >= kMuchSlower) return look;
  return tuner::measure_paired(old_way, new_way, kShareBlocks, repeats, timer_);
}

double ShareTrials::look_seconds(double layer_seconds) {
  constexpr double kRunsOfBlock = 2 * 4;  // with what is prepared before each
  return kRunsOfBlock * repeats_of(layer_seconds) * layer_seconds;
}

double ShareTrials::search_seconds(double layer_seconds) {
  return (1 + kShareBlocks) * look_seconds(layer_seconds);
}

/// Weights lie behind those of the last run, as in a network. So do inputs: the step before ran in
/// shares as well, and left each share's part of what this one reads in the caches of its core, so
/// that one thread alone has to fetch the others' parts.
tuner::Contender ShareTrials::contender(Entrant& entrant) {
  return {.run = [this, &entrant]() -> Status {
            runtime::run_step(entrant.bound, pool_.workers());
            return ok();
          },
          .prepare = [this, &entrant]() -> Status {
            entrant.memory.turn_weights(entrant.trial, 1, entrant.bound);
            Inputs inputs{entrant.bound, threads_};
            pool_.run(threads_, write_part, &inputs);
            return ok();
          }};
}

}  // namespace tilewright
