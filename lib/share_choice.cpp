// SPDX-License-Identifier: Apache-2.0
#include "lib/share_choice.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <optional>

#include "lib/cache_saver.h"
#include "lib/trial_memory.h"
#include "lib/tuner/measure.h"
#include "runtime/denormals.h"
#include "runtime/thread_pool.h"

namespace tilewright {
namespace {

constexpr double kLeastShareGain = 0.03;
constexpr std::int32_t kShareBlocks = 5;
constexpr std::int32_t kShareRepeats = 3;
constexpr double kProbeSeconds = 30e-6;
constexpr double kWakeSeconds = 4e-3;  // in which threads that were just made, or sleep, have come
constexpr const char* kAlone = "alone";
constexpr const char* kShared = "shared";

/// Measures layers both ways, on the threads of one pool.
class ShareTrials {
 public:
  explicit ShareTrials(std::int32_t threads)
      : threads_(threads), pool_(threads), timer_(tuner::machine_timer(threads)) {}

  /// Whether the machine has a core for every thread, which a busy one has not: shares that only
  /// wait take as long together as one alone.
  bool has_cores() {
    const double first = timer_.now_seconds();
    for (double begin = first; begin - first < kWakeSeconds;) {
      pool_.run(threads_, spin, &timer_);
      const double end = timer_.now_seconds();
      if (end - begin < 1.5 * kProbeSeconds) return true;
      begin = end;
    }
    return false;
  }

  /// Of the time in shares over that of one thread.
  Result<tuner::PairedRatio> log_ratio(const ProgramOp& op, const KernelChoice& choice) {
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

 private:
  /// In a network the step before ran in shares as well, and left each share's part of what this
  /// one reads in the caches of its core: one thread alone has to fetch the others' parts.
  tuner::Contender contender(const Trial& trial) {
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

  struct Inputs {
    const runtime::BoundStep& step;
    std::int32_t threads;
  };

  /// Writes a byte of each cache line of the share's part, the same as before.
  static void write_part(void* user, std::int32_t share) {
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

  static void spin(void* user, std::int32_t) {
    const auto& timer = *static_cast<const tuner::Timer*>(user);
    const double begin = timer.now_seconds();
    while (timer.now_seconds() - begin < kProbeSeconds) {
    }
  }

  std::int32_t threads_;
  runtime::ThreadPool pool_;
  tuner::Timer timer_;
  TrialMemory memory_of_alone_;
  TrialMemory memory_of_shared_;
};

const KernelChoice& chosen_of(const TunedKernels& kernels, std::size_t layer) {
  const auto op = std::ranges::find(kernels.layers.layer_of_op, layer);
  return kernels.choices[static_cast<std::size_t>(op - kernels.layers.layer_of_op.begin())];
}

/// Unsure layers, those first in which most time is spent.
std::vector<std::size_t> unsure_layers(const TunedKernels& kernels) {
  const std::vector<TunedLayer>& layers = kernels.report.layers;
  std::vector<std::size_t> unsure;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool is_tuned =
        layers[i].source == ChoiceSource::Tuned || layers[i].source == ChoiceSource::Cache;
    const bool is_unsure =
        layers[i].seconds >= kLeastUnsureSeconds && layers[i].seconds <= kMostUnsureSeconds;
    if (is_tuned && is_unsure) unsure.push_back(i);
  }
  std::ranges::stable_sort(unsure, std::greater{}, [&](std::size_t i) {
    return layers[i].seconds * static_cast<double>(layers[i].count);
  });
  return unsure;
}

/// Lets a layer run in `shares`, `log_change` of its time longer.
void change_shares(TunedKernels& kernels, std::size_t layer, std::int32_t shares,
                   double log_change) {
  const auto set = [&](KernelChoice& choice) {
    choice.shares = shares;
    choice.log_seconds += log_change;
  };
  std::ranges::for_each(kernels.layers.layers[layer].candidates, set);
  for (std::size_t op = 0; op < kernels.choices.size(); ++op) {
    if (kernels.layers.layer_of_op[op] == layer) set(kernels.choices[op]);
  }
  TunedLayer& report = kernels.report.layers[layer];
  const double seconds = report.seconds * std::exp(log_change);
  kernels.report.tuned_ms += 1e3 * (seconds - report.seconds) * static_cast<double>(report.count);
  report.gain = (1 + report.gain) * report.seconds / seconds - 1;
  report.seconds = seconds;
}

/// Changes a layer if that gains enough.
void take_ratio(TunedKernels& kernels, std::size_t layer, double log_ratio, std::int32_t threads) {
  const bool is_alone = chosen_of(kernels, layer).shares <= 1;
  const double log_change = is_alone ? log_ratio : -log_ratio;
  if (log_change > -kLeastShareGain) return;
  change_shares(kernels, layer, is_alone ? threads : 1, log_change);
}

}  // namespace

tuner::CacheKey share_cache_key(const std::string& device, const KernelLayer& layer,
                                const KernelChoice& choice, std::int32_t threads) {
  return layer_cache_key(
      device, "shared over alone of " + layer.signature + " by " + candidate_name(choice), threads);
}

Status choose_shares(const CompileOptions& options, const tuner::TuningCache& cache,
                     std::int64_t budget_ms, TunedKernels& kernels) {
  if (options.threads == 1) return ok();
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  const Interrupt& interrupt = options.tuning.interrupt;
  tuner::TuningCache found;
  CacheSaver saver(options.tuning.cache_file, kernels.report.warnings);
  std::optional<ShareTrials> trials;
  for (const std::size_t layer : unsure_layers(kernels)) {
    const KernelLayer& own = kernels.layers.layers[layer];
    const tuner::CacheKey key =
        share_cache_key(kernels.device_name, own, chosen_of(kernels, layer), options.threads);
    if (const tuner::CacheValue* known = tuner::find(cache, key)) {
      take_ratio(kernels, layer, known->log_seconds, options.threads);
      continue;
    }
    const bool is_over = Clock::now() - begin >= std::chrono::milliseconds(budget_ms) ||
                         (interrupt.is_wanted != nullptr && interrupt.is_wanted(interrupt.user));
    if (is_over) continue;
    if (!trials) trials.emplace(options.threads);
    if (!trials->has_cores()) continue;
    TILEWRIGHT_TRY(const tuner::PairedRatio ratio,
                   trials->log_ratio(*own.op, chosen_of(kernels, layer)));
    if (!trials->has_cores()) continue;
    found[key] = {ratio.log_ratio < 0 ? kShared : kAlone,
                  ratio.log_ratio,
                  ratio.deviation,
                  static_cast<std::uint32_t>(ratio.blocks),
                  0,
                  tuner::date_now_s()};
    saver.note(found);
    take_ratio(kernels, layer, ratio.log_ratio, options.threads);
  }
  kernels.report.elapsed_ms +=
      std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  saver.save(found);
  return ok();
}

}  // namespace tilewright
