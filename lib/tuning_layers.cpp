// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning_layers.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "lib/device_profile.h"
#include "lib/kernel_features.h"
#include "lib/plan_builder.h"
#include "lib/tuner/candidates.h"

namespace tilewright {
namespace {

/// Of the candidates whose analytic time is so near the least one, any may be chosen.
const double kLogNear = std::log(1.5);

/// Bytes of the constants of an op, packed by that kernel which needs most of those that may be
/// chosen. How a kernel blocks its loops does not change them.
std::int64_t heaviest_constants_bytes(const KernelLayer& layer) {
  const double most_log_seconds = best_candidate(layer.candidates).log_seconds + kLogNear;
  const kernels::Kernel* last = nullptr;
  std::int64_t most_bytes = 0;
  for (const KernelChoice& choice : layer.candidates) {
    if (choice.kernel == last || choice.log_seconds > most_log_seconds) continue;
    last = choice.kernel;
    std::int64_t bytes = 0;
    (void)make_step(*layer.op, choice, 1, bytes);
    most_bytes = std::max(most_bytes, bytes);
  }
  return most_bytes;
}

}  // namespace

Result<KernelLayers> kernel_layers(const Program& program, runtime::IsaMask isas,
                                   const tuner::DeviceParameters& device) {
  KernelLayers result;
  std::map<std::string, std::size_t> known;
  for (const ProgramOp& op : program.ops) {
    std::string text = signature(op);
    const auto [entry, is_new] = known.emplace(text, result.layers.size());
    if (is_new) {
      TILEWRIGHT_TRY(std::vector<KernelChoice> candidates, kernel_candidates(op, isas, device));
      result.layers.push_back({&op, std::move(candidates), std::move(text), 0});
    }
    result.layer_of_op.push_back(entry->second);
    ++result.layers[entry->second].count;
  }
  return result;
}

std::int64_t weights_bytes(std::span<const KernelLayer> layers) {
  std::int64_t bytes = 0;
  for (const KernelLayer& layer : layers)
    bytes += static_cast<std::int64_t>(layer.count) * heaviest_constants_bytes(layer);
  return bytes;
}

void set_threads(KernelLayer& layer, std::int32_t threads) {
  const double seconds = std::exp(best_candidate(layer.candidates).log_seconds);
  for (KernelChoice& choice : layer.candidates)
    choice.threads = worthwhile_threads(seconds, threads);
}

tuner::Layer tuner_layer(const KernelLayer& layer, const tuner::DeviceParameters& device) {
  tuner::Layer result{layer.op->name, static_cast<std::uint32_t>(layer.count), {}};
  std::map<const kernels::Kernel*, std::uint32_t> variants;
  for (const KernelChoice& choice : layer.candidates) {
    const auto next = static_cast<std::uint32_t>(variants.size());
    const std::uint32_t variant = variants.emplace(choice.kernel, next).first->second;
    result.candidates.push_back(tuner_candidate(*layer.op, choice, variant, device));
  }
  return result;
}

std::size_t untuned_candidate(const KernelLayer& layer) {
  const tuner::DeviceParameters device = assumed_device();
  const auto best = std::ranges::min_element(layer.candidates, {}, [&](const KernelChoice& choice) {
    return analytic_log_seconds(*layer.op, choice, device);
  });
  return static_cast<std::size_t>(best - layer.candidates.begin());
}

KernelLayer worth_tuning(const KernelLayer& layer, const tuner::DeviceParameters& device,
                         const std::string& kept) {
  std::set<std::string> names{kept};
  for (tuner::Candidate& candidate :
       tuner::worth_searching(tuner_layer(layer, device).candidates, {})) {
    names.insert(std::move(candidate.name));
  }
  KernelLayer result = layer;
  std::erase_if(result.candidates, [&](const KernelChoice& choice) {
    return names.erase(candidate_name(choice)) == 0;
  });
  return result;
}

}  // namespace tilewright
