// SPDX-License-Identifier: Apache-2.0
#include "lib/tune_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "kernels/registry.h"
#include "lib/kernel_features.h"
#include "lib/kernel_measurer.h"
#include "lib/tuner/cache.h"
#include "runtime/cpu_features.h"

namespace tilewright {
namespace {

/// The layers to be chosen for: ops of equal signature share one.
struct Layers {
  std::vector<MeasuredLayer> measured;
  std::vector<std::string> signatures;
  std::vector<std::size_t> layer_of_op;
  std::vector<std::size_t> counts;
};

Result<Layers> group(const Program& program, runtime::IsaMask isas,
                     const tuner::DeviceParameters& device) {
  Layers layers;
  std::map<std::string, std::size_t> known;
  for (const ProgramOp& op : program.ops) {
    std::string text = signature(op);
    const auto [entry, is_new] = known.emplace(text, layers.measured.size());
    if (is_new) {
      TILEWRIGHT_TRY(std::vector<KernelChoice> candidates, kernel_candidates(op, isas, device));
      layers.measured.push_back({&op, std::move(candidates)});
      layers.signatures.push_back(std::move(text));
      layers.counts.push_back(0);
    }
    layers.layer_of_op.push_back(entry->second);
    ++layers.counts[entry->second];
  }
  return layers;
}

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

tuner::Layer tuner_layer(const MeasuredLayer& measured, std::size_t count,
                         const tuner::DeviceParameters& device) {
  tuner::Layer layer{measured.op->name, static_cast<std::uint32_t>(count), {}};
  std::map<const kernels::Kernel*, std::uint32_t> variants;
  for (const KernelChoice& choice : measured.candidates) {
    const auto variant =
        variants.emplace(choice.kernel, static_cast<std::uint32_t>(variants.size())).first->second;
    layer.candidates.push_back(tuner_candidate(*measured.op, choice, variant, device));
  }
  return layer;
}

class Chooser {
 public:
  Chooser(const CompileOptions& options, const tuner::DeviceParameters& device, Layers layers)
      : options_(options),
        device_(device),
        layers_(std::move(layers)),
        chosen_(layers_.measured.size()) {
    for (std::size_t i = 0; i < layers_.measured.size(); ++i) {
      const std::vector<KernelChoice>& candidates = layers_.measured[i].candidates;
      chosen_[i] = default_index(candidates);
      const KernelChoice& choice = candidates[chosen_[i]];
      report_.layers.push_back({layers_.measured[i].op->name, layers_.counts[i],
                                ChoiceSource::Analytic, candidate_name(choice),
                                candidate_name(choice), 0, 0, std::exp(choice.log_seconds)});
    }
  }

  void read_cache() {
    if (options_.tuning.cache_file.empty()) return;
    tuner::LoadedCache loaded = tuner::load_cache(options_.tuning.cache_file);
    if (loaded.warning) report_.warnings.push_back(*loaded.warning);
    for (std::size_t i = 0; i < layers_.measured.size(); ++i) {
      const auto* known =
          tuner::find(loaded.cache, cache_key(layers_.signatures[i], options_.threads));
      if (known == nullptr) continue;
      const std::vector<KernelChoice>& candidates = layers_.measured[i].candidates;
      const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const auto& c) {
        return candidate_name(c) == known->candidate;
      });
      if (found == candidates.end()) continue;
      choose(i, static_cast<std::size_t>(found - candidates.begin()), ChoiceSource::Cache);
      report_.layers[i].seconds = std::exp(known->log_seconds);
      layers_.measured[i].candidates[chosen_[i]].log_seconds = known->log_seconds;
    }
  }

  Status tune(const std::function<tuner::Next(const tuner::Progress&)>& progress) {
    std::vector<std::size_t> open;
    std::vector<MeasuredLayer> measured;
    tuner::TuningProblem problem;
    for (std::size_t i = 0; i < layers_.measured.size(); ++i) {
      const bool choice_is_free = layers_.measured[i].candidates.size() > 1;
      if (!choice_is_free || report_.layers[i].source == ChoiceSource::Cache) continue;
      open.push_back(i);
      measured.push_back(layers_.measured[i]);
      problem.layers.push_back(tuner_layer(layers_.measured[i], layers_.counts[i], device_));
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
      result.choices.push_back(layers_.measured[layer].candidates[chosen_[layer]]);
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
    report_.layers[layer].chosen = candidate_name(layers_.measured[layer].candidates[candidate]);
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
      layers_.measured[open[k]].candidates[layer.chosen].log_seconds = layer.log_seconds;
      found[cache_key(layers_.signatures[open[k]], options_.threads)] = {
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
  Layers layers_;
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
  TILEWRIGHT_TRY(Layers layers, group(program, runtime::isas_up_to(cap), device));
  // What is tuned among fewer candidates is kept apart in the cache.
  for (std::size_t i = 0; options.exact_arithmetic && i < layers.measured.size(); ++i) {
    if (keep_exact(layers.measured[i].candidates)) layers.signatures[i] += " exact";
  }
  Chooser chooser(options, device, std::move(layers));
  chooser.read_cache();
  TILEWRIGHT_RETURN_IF_ERROR(chooser.tune(progress));
  return std::move(chooser).finish();
}

}  // namespace tilewright
