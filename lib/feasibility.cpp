// SPDX-License-Identifier: Apache-2.0
#include "lib/feasibility.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "lib/compilation.h"
#include "lib/device_profile.h"
#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/scheduling_problem.h"
#include "lib/tune_model.h"
#include "lib/tuning_layers.h"
#include "runtime/cpu_features.h"
#include "scheduler/solve.h"

namespace tilewright {
namespace {

/// For each op the kernel of least scratch, the fastest of equals by the analytic model.
Result<std::vector<KernelChoice>> choices_of_least_scratch(const Program& program,
                                                           const CompileOptions& options) {
  const runtime::IsaMask isas = runtime::isas_up_to(options.isa.value_or(runtime::best_isa()));
  TILEWRIGHT_TRY(KernelLayers layers, kernel_layers(program, isas, assumed_device()));
  std::vector<KernelChoice> best;
  for (KernelLayer& layer : layers.layers) {
    if (options.exact_arithmetic) keep_exact(layer.candidates);
    const auto cost = [&](const KernelChoice& choice) {
      return std::tuple(worker_scratch_bytes(*layer.op, choice), choice.log_seconds);
    };
    best.push_back(*std::ranges::min_element(layer.candidates, {}, cost));
  }
  std::vector<KernelChoice> choices;
  for (const std::size_t layer : layers.layer_of_op)
    choices.push_back(best[layer]);
  return choices;
}

Result<scheduler::Solution> plan_with(const Program& program,
                                      const std::vector<KernelChoice>& choices,
                                      const CompileOptions& options) {
  return scheduler::solve(
      scheduling_problem(program, choices, {options.threads, options.preserve_inputs, {}}));
}

double latency_ms(const std::vector<KernelChoice>& choices) {
  double seconds = 0;
  for (const KernelChoice& choice : choices)
    seconds += std::exp(choice.log_seconds);
  return seconds * 1e3;
}

void take_latency(const TunedKernels& kernels, Feasibility& result) {
  result.latency_ms = kernels.report.tuned_ms;
  for (const TunedLayer& layer : kernels.report.layers) {
    const bool is_measured =
        layer.source == ChoiceSource::Cache || layer.source == ChoiceSource::Tuned;
    if (is_measured) result.measured_ops += layer.count;
  }
}

void take_plan(const scheduler::Solution& solution, Feasibility& result) {
  result.arena_bytes = solution.arena_bytes;
  result.lower_bound_bytes = solution.peak_lower_bound_bytes;
}

std::int64_t weight_bytes(const graph::Graph& graph) {
  std::int64_t bytes = 0;
  for (const graph::Value& value : graph.values)
    bytes += value.constant ? value.spec.size_bytes() : 0;
  return bytes;
}

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Fits:
      return "fits";
    case Verdict::ProvenNotToFit:
      return "proven_not_to_fit";
    case Verdict::Open:
      return "open";
  }
  return "unknown";
}

Result<Feasibility> judge_feasibility(const graph::Graph& graph, const CompileOptions& options,
                                      std::int64_t limit_bytes) {
  TILEWRIGHT_RETURN_IF_ERROR(check_compile_options(options));
  const Program program = lower(graph);
  TILEWRIGHT_TRY(const TunedKernels kernels, choose_kernels(program, options));
  TILEWRIGHT_TRY(const scheduler::Solution fastest, plan_with(program, kernels.choices, options));
  Feasibility result;
  result.ops = program.ops.size();
  result.weight_bytes = weight_bytes(graph);
  take_plan(fastest, result);
  take_latency(kernels, result);
  if (result.arena_bytes <= limit_bytes) {
    result.verdict = Verdict::Fits;
    return result;
  }
  TILEWRIGHT_TRY(const std::vector<KernelChoice> choices,
                 choices_of_least_scratch(program, options));
  TILEWRIGHT_TRY(const scheduler::Solution smallest, plan_with(program, choices, options));
  take_plan(smallest, result);
  result.kernels_save_scratch = true;
  result.latency_ms = latency_ms(choices);
  result.measured_ops = 0;
  if (result.arena_bytes <= limit_bytes) result.verdict = Verdict::Fits;
  if (result.lower_bound_bytes > limit_bytes) result.verdict = Verdict::ProvenNotToFit;
  return result;
}

}  // namespace tilewright
