// SPDX-License-Identifier: Apache-2.0
#include "lib/kernel_memory.h"

#include <cmath>

#include "lib/scheduling_problem.h"

namespace tilewright {

scheduler::OpOptions kernel_options(const Program& program, const KernelLayers& layers,
                                    std::int32_t threads) {
  std::vector<std::vector<scheduler::OpOption>> of_layers;
  for (const KernelLayer& layer : layers.layers) {
    std::vector<scheduler::OpOption>& of_layer = of_layers.emplace_back();
    for (const KernelChoice& choice : layer.candidates) {
      of_layer.push_back({.seconds = std::exp(choice.log_seconds),
                          .scratch_bytes = worker_scratch_bytes(*layer.op, choice) * threads});
    }
  }
  scheduler::OpOptions options;
  for (std::size_t i = 0; i < program.ops.size(); ++i)
    options.push_back(of_layers[layers.layer_of_op[i]]);
  return options;
}

std::vector<KernelChoice> picked_kernels(const KernelLayers& layers,
                                         const std::vector<std::size_t>& picks) {
  std::vector<KernelChoice> choices;
  for (std::size_t i = 0; i < picks.size(); ++i)
    choices.push_back(layers.layers[layers.layer_of_op[i]].candidates[picks[i]]);
  return choices;
}

std::size_t count_differences(const std::vector<KernelChoice>& a,
                              const std::vector<KernelChoice>& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    count += candidate_name(a[i]) == candidate_name(b[i]) ? 0 : 1;
  return count;
}

}  // namespace tilewright
