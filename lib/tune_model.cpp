// SPDX-License-Identifier: Apache-2.0
#include "lib/tune_model.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>

#include "kernels/registry.h"
#include "lib/cache_saver.h"
#include "lib/device_profile.h"
#include "lib/kernel_measurer.h"
#include "lib/kernel_trust.h"
#include "lib/recorded_trials.h"
#include "lib/share_choice.h"
#include "lib/tuner/cache.h"
#include "lib/tuner/device_text.h"
#include "lib/tuning_layers.h"
#include "runtime/cpu_features.h"

namespace tilewright {
namespace {

std::size_t default_index(const std::vector<KernelChoice>& candidates) {
  const auto best =
      std::min_element(candidates.begin(), candidates.end(),
                       [](const auto& a, const auto& b) { return a.log_seconds < b.log_seconds; });
  return static_cast<std::size_t>(best - candidates.begin());
}

// A distance that times in seconds still show.
constexpr double kLeastLogDistance = 1e-9;

/// Lets no candidate look as fast as the chosen one: that has won a race, a single look at another
/// proves nothing.
void keep_slower(std::vector<KernelChoice>& candidates, std::size_t chosen) {
  const double least = candidates[chosen].log_seconds + kLeastLogDistance;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i != chosen) candidates[i].log_seconds = std::max(candidates[i].log_seconds, least);
  }
}

void shift_times(std::vector<KernelChoice>& candidates, double log_ratio) {
  for (KernelChoice& choice : candidates)
    choice.log_seconds += log_ratio;
}

tuner::Method to_method(TuningMethod method) {
  switch (method) {
    case TuningMethod::Gp:
      return tuner::Method::Gp;
    case TuningMethod::Halving:
      return tuner::Method::Halving;
    case TuningMethod::Random:
      return tuner::Method::Random;
    case TuningMethod::Exhaustive:
      return tuner::Method::Exhaustive;
  }
  return tuner::Method::Gp;
}

bool may_measure(const TuningOptions& tuning) {
  return tuning.mode == TuningMode::Budget && tuning.budget.count() > 0;
}

/// The part of the budget in which layers are tried alone and shared.
std::int64_t share_budget_ms(const CompileOptions& options) {
  const bool has_choice = options.threads > 1 && may_measure(options.tuning);
  return has_choice ? options.tuning.budget.count() / 10 : 0;
}

struct KnownDevice {
  std::string name;
  tuner::DeviceParameters device;
  bool is_measured = false;  // by us, just now
  std::int64_t cost_ms = 0;  // of measuring it
};

/// The winner, then the others by their times.
std::vector<std::size_t> from_best(const tuner::LayerOutcome& outcome) {
  std::vector<std::size_t> ranks(outcome.candidate_log_seconds.size());
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  std::ranges::stable_sort(ranks, {}, [&](std::size_t i) {
    return i == outcome.chosen ? -HUGE_VAL : outcome.candidate_log_seconds[i];
  });
  return ranks;
}

/// What a tuning that was interrupted leaves of a layer: where the next one starts.
tuner::CacheKey unfinished_key(tuner::CacheKey key) {
  key.build += " unfinished";
  return key;
}

/// What the cache holds; else measured if there is a budget to tune with.
KnownDevice known_device(const tuner::TuningCache& cache, const TuningOptions& tuning) {
  std::string name = device_name();
  if (const auto device = tuner::find_device(cache, name)) return {std::move(name), *device};
  if (!may_measure(tuning)) return {std::move(name), assumed_device()};
  const auto begin = std::chrono::steady_clock::now();
  KnownDevice known{std::move(name), measured_device(), true};
  known.cost_ms =
      std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin)
          .count();
  return known;
}

using ProgressCallback = std::function<tuner::Next(const tuner::Progress&)>;

/// `progress` and the user's wish to end early, as one callback.
ProgressCallback with_interrupt(const ProgressCallback& progress, const Interrupt& interrupt) {
  if (interrupt.is_wanted == nullptr) return progress;
  return [&progress, &interrupt](const tuner::Progress& now) {
    const auto next = progress ? progress(now) : tuner::Next::Continue;
    return interrupt.is_wanted(interrupt.user) ? tuner::Next::Stop : next;
  };
}

class Chooser {
 public:
  /// `options` and `cache` outlive the chooser.
  Chooser(const CompileOptions& options, const tuner::TuningCache& cache, const KnownDevice& known,
          KernelLayers layers)
      : options_(options),
        cache_(cache),
        known_(known),
        layers_(std::move(layers)),
        chosen_(layers_.layers.size()) {
    for (std::size_t i = 0; i < layers_.layers.size(); ++i) {
      const std::vector<KernelChoice>& candidates = layers_.layers[i].candidates;
      chosen_[i] = default_index(candidates);
      const KernelChoice& choice = candidates[chosen_[i]];
      report_.layers.push_back({layers_.layers[i].op->name, layers_.layers[i].count,
                                ChoiceSource::Analytic, candidate_name(choice),
                                candidate_name(choice), 0, 0, std::exp(choice.log_seconds)});
    }
  }

  void read_cache() {
    for (std::size_t i = 0; i < layers_.layers.size(); ++i) {
      const tuner::CacheKey key = key_of(i);
      if (const tuner::CacheValue* known = tuner::find(cache_, key)) {
        take_known(i, *known, ChoiceSource::Cache);
      } else if (const tuner::CacheValue* begun = tuner::find(cache_, unfinished_key(key))) {
        take_known(i, *begun, ChoiceSource::Prior);
      } else if (const tuner::CacheValue* older = tuner::find_older(cache_, key)) {
        take_known(i, *older, ChoiceSource::Prior);
      }
    }
  }

  void warn(const std::optional<std::string>& warning) {
    if (warning) report_.warnings.push_back(*warning);
  }

  Status tune(const std::function<tuner::Next(const tuner::Progress&)>& progress) {
    if (!may_measure(options_.tuning)) return ok();
    const OpenLayers open = open_layers();
    if (open.layers.empty()) return ok();
    tuner::FirstTrials first_trials = first_trials_of(open.measured, options_.tuning.cache_file);
    KernelMeasurer measurer(open.measured, weights_bytes(layers_.layers), options_.threads,
                            &first_trials);
    CacheSaver saver(options_.tuning.cache_file, report_.warnings);
    if (known_.is_measured)
      found_[tuner::device_cache_key(known_.name)] = tuner::device_cache_value(known_.device);
    retry_suspected(open.measured, measurer, cache_, found_);
    if (!found_.empty()) saver.note(found_);  // the first is written at once
    std::vector<bool> is_taken(open.layers.size(), false);
    const auto take = [&](std::size_t k, const tuner::LayerOutcome& outcome) {
      if (is_taken[k]) return;
      is_taken[k] = true;
      if (take_layer(open.layers[k], outcome, open.measured[k])) saver.note(found_);
    };
    const tuner::TuneOptions how{
        .method = to_method(options_.tuning.method),
        .budget_ms = std::max<std::int64_t>(
            options_.tuning.budget.count() - known_.cost_ms - share_budget_ms(options_), 1),
        .seed = options_.tuning.seed,
        .progress = with_interrupt(progress, options_.tuning.interrupt),
        .settled = take};
    TILEWRIGHT_TRY(const tuner::TuningOutcome outcome, tuner::tune(open.problem, measurer, how));
    for (std::size_t k = 0; k < open.layers.size(); ++k)
      take(k, outcome.layers[k]);
    saver.save(found_);
    report_.evaluations = outcome.evaluations;
    report_.elapsed_ms = outcome.elapsed_seconds * 1e3 + static_cast<double>(known_.cost_ms);
    return ok();
  }

  TunedKernels finish() && {
    TunedKernels result;
    for (std::size_t i = 0; i < layers_.layers.size(); ++i) {
      std::vector<KernelChoice>& candidates = layers_.layers[i].candidates;
      const TunedLayer& report = report_.layers[i];
      if (report.source == ChoiceSource::Cache || report.source == ChoiceSource::Prior)
        shift_times(candidates, std::log(report.seconds) - candidates[chosen_[i]].log_seconds);
      keep_slower(candidates, chosen_[i]);
    }
    for (const std::size_t layer : layers_.layer_of_op) {
      result.choices.push_back(layers_.layers[layer].candidates[chosen_[layer]]);
    }
    for (const TunedLayer& layer : report_.layers) {
      report_.tuned_ms += 1e3 * layer.seconds * static_cast<double>(layer.count);
      report_.default_ms +=
          1e3 * layer.seconds * (1 + layer.gain) * static_cast<double>(layer.count);
    }
    result.device = known_.device;
    result.device_name = known_.name;
    result.report = std::move(report_);
    result.layers = std::move(layers_);
    return result;
  }

 private:
  /// What is left to measure, by indices into all layers.
  struct OpenLayers {
    std::vector<std::size_t> layers;
    std::vector<KernelLayer> measured;
    tuner::TuningProblem problem;
  };

  /// Those with a choice that the cache does not make. They start from what runs without tuning.
  OpenLayers open_layers() {
    OpenLayers open;
    for (std::size_t i = 0; i < layers_.layers.size(); ++i) {
      const bool choice_is_free = layers_.layers[i].candidates.size() > 1;
      if (!choice_is_free || report_.layers[i].source == ChoiceSource::Cache) continue;
      open.layers.push_back(i);
      if (report_.layers[i].source == ChoiceSource::Analytic) start_untuned(i);
      const std::string& begin = report_.layers[i].default_choice;
      open.measured.push_back(worth_tuning(layers_.layers[i], known_.device, begin));
      open.problem.layers.push_back(tuner_layer(open.measured.back(), known_.device));
      open.problem.layers.back().known_good =
          tuner::find_candidate(open.problem.layers.back(), begin);
    }
    return open;
  }

  [[nodiscard]] tuner::CacheKey key_of(std::size_t layer) const {
    return layer_cache_key(known_.name, layers_.layers[layer].signature, options_.threads);
  }

  /// `choice` is one of the layer's.
  void choose(std::size_t layer, const KernelChoice& choice, ChoiceSource source) {
    const std::vector<KernelChoice>& candidates = layers_.layers[layer].candidates;
    report_.layers[layer].source = source;
    report_.layers[layer].chosen = candidate_name(choice);
    chosen_[layer] = static_cast<std::size_t>(
        std::ranges::find(candidates, report_.layers[layer].chosen, candidate_name) -
        candidates.begin());
  }

  /// Takes what runs without tuning, so that nothing slower is ever taken for want of time.
  void start_untuned(std::size_t layer) {
    const KernelLayer& all = layers_.layers[layer];
    const KernelChoice& untuned = all.candidates[untuned_candidate(all)];
    choose(layer, untuned, ChoiceSource::Analytic);
    report_.layers[layer].default_choice = report_.layers[layer].chosen;
    report_.layers[layer].seconds = std::exp(untuned.log_seconds);
  }

  /// Takes a choice of the cache, if this build has it. The default is what tuning would start
  /// from.
  void take_known(std::size_t layer, const tuner::CacheValue& known, ChoiceSource source) {
    std::vector<KernelChoice>& candidates = layers_.layers[layer].candidates;
    const auto found = std::ranges::find(candidates, known.candidate, candidate_name);
    if (found == candidates.end()) return;
    choose(layer, *found, source);
    report_.layers[layer].seconds = std::exp(known.log_seconds);
    if (source == ChoiceSource::Prior) report_.layers[layer].default_choice = known.candidate;
  }

  /// Times of all candidates by what was measured.
  void take_times(std::size_t layer, const tuner::LayerOutcome& outcome,
                  const KernelLayer& measured) {
    std::vector<KernelChoice>& candidates = layers_.layers[layer].candidates;
    const double shift = outcome.log_seconds - measured.candidates[outcome.chosen].log_seconds;
    auto next = measured.candidates.begin();  // some of `candidates`, in their order
    for (KernelChoice& choice : candidates) {
      const bool is_searched =
          next != measured.candidates.end() && candidate_name(*next) == candidate_name(choice);
      choice.log_seconds = is_searched ? outcome.candidate_log_seconds[static_cast<std::size_t>(
                                             next - measured.candidates.begin())]
                                       : choice.log_seconds + shift;
      if (is_searched) ++next;
    }
    candidates[chosen_[layer]].log_seconds = std::log(report_.layers[layer].seconds);
  }

  /// Takes what was found for a layer, unless nothing was; whether there is something to keep.
  bool take_layer(std::size_t i, const tuner::LayerOutcome& layer, const KernelLayer& measured) {
    TunedLayer& report = report_.layers[i];
    report.evaluations = layer.evaluations;
    if (layer.samples == 0) return false;
    const auto trusted =
        first_trusted(measured, from_best(layer), cache_, found_, report_.warnings);
    if (!trusted) return true;
    const bool is_winner = *trusted == layer.chosen;
    const double log_seconds =
        is_winner ? layer.log_seconds : layer.candidate_log_seconds[*trusted];
    choose(i, measured.candidates[*trusted], ChoiceSource::Tuned);
    report.gain = is_winner ? layer.gain : 0;
    report.seconds = std::exp(log_seconds);
    take_times(i, layer, measured);
    const tuner::CacheKey key = key_of(i);
    found_[layer.settled ? key : unfinished_key(key)] = {report.chosen,
                                                         log_seconds,
                                                         layer.log_seconds_deviation,
                                                         static_cast<std::uint32_t>(layer.samples),
                                                         known_.device.clock_hz,
                                                         tuner::date_now_s()};
    return true;
  }

  const CompileOptions& options_;
  const tuner::TuningCache& cache_;
  KnownDevice known_;
  KernelLayers layers_;
  std::vector<std::size_t> chosen_;  // a candidate per layer
  TuningReport report_;
  tuner::TuningCache found_;  // what the file is to keep
};

}  // namespace

tuner::CacheKey layer_cache_key(const std::string& device, const std::string& signature,
                                std::int32_t threads) {
  return {signature, device, static_cast<std::uint32_t>(threads),
          std::to_string(kernels::build_hash())};
}

const char* to_string(ChoiceSource source) {
  switch (source) {
    case ChoiceSource::Analytic:
      return "analytic";
    case ChoiceSource::Prior:
      return "prior";
    case ChoiceSource::Cache:
      return "cache";
    case ChoiceSource::Tuned:
      return "tuned";
  }
  return "unknown";
}

Result<TunedKernels> choose_kernels(
    const Program& program, const CompileOptions& options,
    const std::function<tuner::Next(const tuner::Progress&)>& progress) {
  tuner::LoadedCache loaded;
  const bool reads_cache =
      options.tuning.mode != TuningMode::Off && !options.tuning.cache_file.empty();
  std::vector<std::string> deaths;
  if (reads_cache) {
    loaded = tuner::load_cache(options.tuning.cache_file);
    if (loaded.is_foreign && options.tuning.needs_cache_file)
      return Error{ErrorCode::InvalidModel, *loaded.warning};
    deaths = learn_from_deaths(loaded.cache, options.tuning.cache_file);
  }
  const KnownDevice known = known_device(loaded.cache, options.tuning);
  const Isa cap = options.isa.value_or(runtime::best_isa());
  TILEWRIGHT_TRY(KernelLayers layers,
                 kernel_layers(program, runtime::isas_up_to(cap), known.device));
  // What is tuned among fewer candidates is kept apart in the cache.
  for (KernelLayer& layer : layers.layers) {
    if (options.exact_arithmetic && keep_exact(layer.candidates)) layer.signature += " exact";
  }
  TILEWRIGHT_RETURN_IF_ERROR(leave_out_blacklisted(layers, loaded.cache));
  for (KernelLayer& layer : layers.layers)
    set_threads(layer, options.threads);
  Chooser chooser(options, loaded.cache, known, std::move(layers));
  const bool is_replaced = loaded.warning && !loaded.is_foreign && may_measure(options.tuning);
  if (is_replaced) *loaded.warning += ": tuning starts afresh and replaces it";
  chooser.warn(loaded.warning);
  for (const std::string& message : deaths)
    chooser.warn(message);
  chooser.read_cache();
  TILEWRIGHT_RETURN_IF_ERROR(chooser.tune(progress));
  TunedKernels kernels = std::move(chooser).finish();
  TILEWRIGHT_RETURN_IF_ERROR(
      choose_shares(options, loaded.cache, share_budget_ms(options), kernels));
  return kernels;
}

}  // namespace tilewright
