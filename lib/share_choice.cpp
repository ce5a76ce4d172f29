// SPDX-License-Identifier: Apache-2.0
#include "lib/share_choice.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <optional>
#include <span>

#include "lib/cache_saver.h"
#include "lib/plan_builder.h"
#include "lib/share_search.h"
#include "lib/share_trials.h"
#include "lib/tuner/statistics.h"

namespace tilewright {
namespace {

using runtime::Sharing;

/// Layers that are looked at before all are cut into parts.
constexpr std::size_t kLeastLooks = 3;
constexpr std::size_t kMostLooks = 9;

/// Weights between two uses of a layer's own: more would take long to fill.
constexpr std::int64_t kMostWeightsBytes = std::int64_t{16} << 20;

const KernelChoice& chosen_of(const TunedKernels& kernels, std::size_t layer) {
  const auto op = std::ranges::find(kernels.layers.layer_of_op, layer);
  return kernels.choices[static_cast<std::size_t>(op - kernels.layers.layer_of_op.begin())];
}

ShareRoom room_of(const TunedKernels& kernels, std::size_t layer, std::int32_t threads) {
  std::int64_t constants_bytes = 0;
  const runtime::Step step = make_step(*kernels.layers.layers[layer].op, chosen_of(kernels, layer),
                                       threads, constants_bytes);
  return {runtime::step_cuts(step), threads, kernels.report.layers[layer].seconds};
}

/// Layers whose kernels were measured and that take long enough, those first in which most time is
/// spent.
std::vector<std::size_t> layers_to_share(const TunedKernels& kernels) {
  const std::vector<TunedLayer>& layers = kernels.report.layers;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool is_tuned =
        layers[i].source == ChoiceSource::Tuned || layers[i].source == ChoiceSource::Cache;
    if (is_tuned && layers[i].seconds >= kLeastSharedSeconds) found.push_back(i);
  }
  std::ranges::stable_sort(found, std::greater{}, [&](std::size_t i) {
    return layers[i].seconds * static_cast<double>(layers[i].count);
  });
  return found;
}

/// Lets a layer be shared as `sharing`, `log_change` of its time longer.
void change_sharing(TunedKernels& kernels, std::size_t layer, const Sharing& sharing,
                    double log_change) {
  const auto set = [&](KernelChoice& choice) {
    choice.threads = sharing.threads;
    choice.sharing = sharing;
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
  report.sharing = sharing;
}

/// One layer after the other.
class ShareChooser {
 public:
  /// All outlive the chooser.
  ShareChooser(const CompileOptions& options, const tuner::TuningCache& cache,
               TunedKernels& kernels)
      : options_(options), cache_(cache), kernels_(kernels) {}

  /// Cuts all layers into parts if the cache says so, or if those of `layers` gain that there is
  /// time to look at. Whether there is something to keep.
  Result<bool> choose_parts(std::span<const std::size_t> layers, double seconds_left) {
    const tuner::CacheKey key = parts_cache_key(kernels_.device_name, options_.threads);
    if (const tuner::CacheValue* known = tuner::find(cache_, key)) {
      if (known->candidate == std::to_string(kPartsOnUnequalCores)) take_parts(known->log_seconds);
      return false;
    }
    TILEWRIGHT_TRY(const std::vector<double> log_ratios, look_at_parts(layers, seconds_left));
    if (log_ratios.size() < kLeastLooks) return false;
    const double log_ratio = tuner::median(log_ratios);
    const bool is_taken = all_gain(log_ratios);
    found_[key] = {std::to_string(is_taken ? kPartsOnUnequalCores : 1),
                   log_ratio,
                   tuner::robust_deviation(log_ratios),
                   static_cast<std::uint32_t>(log_ratios.size()),
                   0,
                   tuner::date_now_s()};
    if (is_taken) take_parts(log_ratio);
    return true;
  }

  /// Takes what the cache knows, or what a search finds if there is time for it. Whether there is
  /// something to keep.
  Result<bool> choose(std::size_t layer, ShareQuestion question, double seconds_left) {
    const ShareRoom room = room_of(kernels_, layer, options_.threads);
    const Sharing first = kernels_.report.layers[layer].sharing;
    const KernelLayer& own = kernels_.layers.layers[layer];
    const tuner::CacheKey key = share_cache_key(
        kernels_.device_name, own, chosen_of(kernels_, layer), first, question, room.threads);
    if (const tuner::CacheValue* known = tuner::find(cache_, key)) {
      if (const std::optional<Sharing> sharing = sharing_called(known->candidate, room)) {
        take(layer, *sharing, known->log_seconds);
        return false;
      }
    }
    if (ShareTrials::search_seconds(room.seconds) > seconds_left) return false;
    TILEWRIGHT_TRY(const std::optional<FoundSharing> found,
                   find_sharing(room, first, question, comparison(layer)));
    if (!found || found->ratio.blocks == 0) return false;
    found_[key] = {sharing_name(found->sharing),
                   found->ratio.log_ratio,
                   found->ratio.deviation,
                   static_cast<std::uint32_t>(found->ratio.blocks),
                   0,
                   tuner::date_now_s()};
    take(layer, found->sharing, found->ratio.log_ratio);
    return true;
  }

  /// What the file is to keep.
  [[nodiscard]] const tuner::TuningCache& found() const { return found_; }

 private:
  using Compare = decltype(&ShareTrials::compare);

  ShareTrials& trials() {
    if (!trials_) {
      const std::int64_t bytes = weights_bytes(kernels_.layers.layers);
      trials_.emplace(options_.threads, std::min(bytes, kMostWeightsBytes));
    }
    return *trials_;
  }

  /// None while other programs have the cores.
  Result<std::optional<tuner::PairedRatio>> measure(Compare compare, std::size_t layer,
                                                    const Sharing& incumbent,
                                                    const Sharing& candidate) {
    if (!trials().has_cores()) return std::optional<tuner::PairedRatio>();
    TILEWRIGHT_TRY(const tuner::PairedRatio ratio,
                   (trials().*compare)(*kernels_.layers.layers[layer].op,
                                       chosen_of(kernels_, layer), incumbent, candidate));
    return trials().has_cores() ? std::optional(ratio) : std::nullopt;
  }

  CompareSharings comparison(std::size_t layer) {
    return [this, layer](const Sharing& incumbent, const Sharing& candidate) {
      return measure(&ShareTrials::compare, layer, incumbent, candidate);
    };
  }

  /// The layer as it is shared now, in parts.
  Sharing cut_finer(std::size_t layer) const {
    return in_parts(room_of(kernels_, layer, options_.threads),
                    kernels_.report.layers[layer].sharing, kPartsOnUnequalCores);
  }

  /// Logarithms of the times of the first of `layers` in parts to those without.
  Result<std::vector<double>> look_at_parts(std::span<const std::size_t> layers,
                                            double seconds_left) {
    std::vector<double> log_ratios;
    for (const std::size_t layer : layers) {
      const TunedLayer& own = kernels_.report.layers[layer];
      const Sharing finer = cut_finer(layer);
      if (finer == own.sharing) continue;
      seconds_left -= ShareTrials::look_seconds(own.seconds);
      if (log_ratios.size() == kMostLooks || seconds_left < 0) break;
      TILEWRIGHT_TRY(const std::optional<tuner::PairedRatio> ratio,
                     measure(&ShareTrials::look, layer, own.sharing, finer));
      if (ratio) log_ratios.push_back(ratio->log_ratio);
    }
    return log_ratios;
  }

  void take_parts(double log_ratio) {
    for (std::size_t layer = 0; layer < kernels_.report.layers.size(); ++layer)
      take(layer, cut_finer(layer), log_ratio);
  }

  void take(std::size_t layer, const Sharing& sharing, double log_ratio) {
    if (sharing != kernels_.report.layers[layer].sharing)
      change_sharing(kernels_, layer, sharing, log_ratio);
  }

  const CompileOptions& options_;
  const tuner::TuningCache& cache_;
  TunedKernels& kernels_;
  std::optional<ShareTrials> trials_;
  tuner::TuningCache found_;
};

}  // namespace

tuner::CacheKey share_cache_key(const std::string& device, const KernelLayer& layer,
                                const KernelChoice& choice, const Sharing& first,
                                ShareQuestion question, std::int32_t threads) {
  const char* asked = question == ShareQuestion::Threads ? "threads" : "cut";
  return layer_cache_key(device,
                         std::string(asked) + " not of " + sharing_name(first) + " but " +
                             layer.signature + " by " + candidate_name(choice),
                         threads);
}

tuner::CacheKey parts_cache_key(const std::string& device, std::int32_t threads) {
  return layer_cache_key(device, "parts of all layers", threads);
}

Status choose_shares(const CompileOptions& options, const tuner::TuningCache& cache,
                     std::int64_t budget_ms, TunedKernels& kernels) {
  if (options.threads == 1) return ok();
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  const auto seconds_left = [&] {
    const Interrupt& interrupt = options.tuning.interrupt;
    const bool is_over = interrupt.is_wanted != nullptr && interrupt.is_wanted(interrupt.user);
    const std::chrono::duration<double> left =
        begin + std::chrono::milliseconds(is_over ? 0 : budget_ms) - Clock::now();
    return left.count();
  };
  for (std::size_t i = 0; i < kernels.report.layers.size(); ++i) {
    const ShareRoom room = room_of(kernels, i, options.threads);
    kernels.report.layers[i].sharing = sharing_of(chosen_of(kernels, i), room.cuts, room.threads);
  }
  CacheSaver saver(options.tuning.cache_file, kernels.report.warnings);
  ShareChooser chooser(options, cache, kernels);
  const std::vector<std::size_t> layers = layers_to_share(kernels);
  TILEWRIGHT_TRY(const bool has_parts, chooser.choose_parts(layers, seconds_left()));
  if (has_parts) saver.note(chooser.found());
  for (const ShareQuestion question : {ShareQuestion::Threads, ShareQuestion::Cut}) {
    for (const std::size_t layer : layers) {
      TILEWRIGHT_TRY(const bool has_news, chooser.choose(layer, question, seconds_left()));
      if (has_news) saver.note(chooser.found());
    }
  }
  kernels.report.elapsed_ms +=
      std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  saver.save(chooser.found());
  return ok();
}

}  // namespace tilewright
