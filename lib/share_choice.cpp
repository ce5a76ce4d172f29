// SPDX-License-Identifier: Apache-2.0
#include "lib/share_choice.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <optional>

#include "lib/cache_saver.h"
#include "lib/share_trials.h"

namespace tilewright {
namespace {

constexpr double kLeastShareGain = 0.03;
constexpr const char* kAlone = "alone";
constexpr const char* kShared = "shared";

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
