// SPDX-License-Identifier: Apache-2.0
#include "lib/tune_model.h"

#include <algorithm>
#include <cmath>

#include "kernels/registry.h"
#include "lib/kernel_measurer.h"
#include "lib/tuner/cache.h"
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

tuner::CacheKey cache_key(const std::string& op, std::int32_t threads) {
  return {op, runtime::cpu_fingerprint(), static_cast<std::uint32_t>(threads),
          std::to_string(kernels::build_hash())};
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

class Chooser {
 public:
  Chooser(const CompileOptions& options, const tuner::DeviceParameters& device, KernelLayers layers)
      : options_(options),
        device_(device),
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
    if (options_.tuning.cache_file.empty()) return;
    tuner::LoadedCache loaded = tuner::load_cache(options_.tuning.cache_file);
    if (loaded.warning) report_.warnings.push_back(*loaded.warning);
    for (std::size_t i = 0; i < layers_.layers.size(); ++i) {
      const auto* known =
          tuner::find(loaded.cache, cache_key(layers_.layers[i].signature, options_.threads));
      if (known == nullptr) continue;
      const std::vector<KernelChoice>& candidates = layers_.layers[i].candidates;
      const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const auto& c) {
        return candidate_name(c) == known->candidate;
      });
      if (found == candidates.end()) continue;
      choose(i, static_cast<std::size_t>(found - candidates.begin()), ChoiceSource::Cache);
      report_.layers[i].seconds = std::exp(known->log_seconds);
      layers_.layers[i].candidates[chosen_[i]].log_seconds = known->log_seconds;
    }
  }

  Status tune(const std::function<tuner::Next(const tuner::Progress&)>& progress) {
    std::vector<std::size_t> open;
    std::vector<KernelLayer> measured;
    tuner::TuningProblem problem;
    for (std::size_t i = 0; i < layers_.layers.size(); ++i) {
      const bool choice_is_free = layers_.layers[i].candidates.size() > 1;
      if (!choice_is_free || report_.layers[i].source == ChoiceSource::Cache) continue;
      open.push_back(i);
      measured.push_back(layers_.layers[i]);
      problem.layers.push_back(tuner_layer(layers_.layers[i], device_));
    }
    if (options_.tuning.budget.count() == 0 || open.empty()) return ok();
    KernelMeasurer measurer(measured, options_.threads);
    const tuner::TuneOptions how{.method = to_method(options_.tuning.method),
                                 .budget_ms = options_.tuning.budget.count(),
                                 .seed = options_.tuning.seed,
                                 .progress = progress};
    TILEWRIGHT_TRY(const tuner::TuningOutcome outcome, tuner::tune(problem, measurer, how));
    take(outcome, open);
    return ok();
  }

  TunedKernels finish() && {
    TunedKernels result;
    for (const std::size_t layer : layers_.layer_of_op) {
      result.choices.push_back(layers_.layers[layer].candidates[chosen_[layer]]);
    }
    for (const TunedLayer& layer : report_.layers) {
      report_.tuned_ms += 1e3 * layer.seconds * static_cast<double>(layer.count);
      report_.default_ms +=
          1e3 * layer.seconds * (1 + layer.gain) * static_cast<double>(layer.count);
    }
    result.report = std::move(report_);
    return result;
  }

 private:
  void choose(std::size_t layer, std::size_t candidate, ChoiceSource source) {
    chosen_[layer] = candidate;
    report_.layers[layer].source = source;
    report_.layers[layer].chosen = candidate_name(layers_.layers[layer].candidates[candidate]);
  }

  void take(const tuner::TuningOutcome& outcome, const std::vector<std::size_t>& open) {
    tuner::TuningCache found;
    for (std::size_t k = 0; k < open.size(); ++k) {
      const tuner::LayerOutcome& layer = outcome.layers[k];
      TunedLayer& report = report_.layers[open[k]];
      report.evaluations = layer.evaluations;
      if (layer.samples == 0) continue;
      choose(open[k], layer.chosen, ChoiceSource::Tuned);
      report.gain = layer.gain;
      report.seconds = std::exp(layer.log_seconds);
      layers_.layers[open[k]].candidates[layer.chosen].log_seconds = layer.log_seconds;
      found[cache_key(layers_.layers[open[k]].signature, options_.threads)] = {
          report.chosen, layer.log_seconds, layer.log_seconds_deviation,
          static_cast<std::uint32_t>(layer.samples), 0};
    }
    report_.evaluations = outcome.evaluations;
    report_.elapsed_ms = outcome.elapsed_seconds * 1e3;
    if (options_.tuning.cache_file.empty()) return;
    const Status saved = tuner::save_cache(found, options_.tuning.cache_file);
    if (!saved) report_.warnings.push_back(saved.error().message);
  }

  const CompileOptions& options_;
  tuner::DeviceParameters device_;
  KernelLayers layers_;
  std::vector<std::size_t> chosen_;  // a candidate per layer
  TuningReport report_;
};

}  // namespace

const char* to_string(ChoiceSource source) {
  switch (source) {
    case ChoiceSource::Analytic:
      return "analytic";
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
  const tuner::DeviceParameters device;
  const Isa cap = options.isa.value_or(runtime::best_isa());
  TILEWRIGHT_TRY(KernelLayers layers, kernel_layers(program, runtime::isas_up_to(cap), device));
  // What is tuned among fewer candidates is kept apart in the cache.
  for (KernelLayer& layer : layers.layers) {
    if (options.exact_arithmetic && keep_exact(layer.candidates)) layer.signature += " exact";
  }
  Chooser chooser(options, device, std::move(layers));
  chooser.read_cache();
  TILEWRIGHT_RETURN_IF_ERROR(chooser.tune(progress));
  return std::move(chooser).finish();
}

}  // namespace tilewright
