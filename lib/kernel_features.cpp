// SPDX-License-Identifier: Apache-2.0
#include "lib/kernel_features.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "lib/kernel_work.h"
#include "lib/scheduling_problem.h"
#include "lib/tuner/cost_model.h"
#include "lib/winograd_work.h"

namespace tilewright {
namespace {

/// A coordinate of a block or a tile; blocks of 0 hold everything.
double half_log(std::int32_t extent) {
  constexpr std::int32_t kEverything = 1024;
  return std::log2(extent > 0 ? extent : kEverything) / 2;
}

/// Families number their algorithms each for itself.
std::int32_t first_algorithm(const kernels::Kernel& kernel) {
  if (kernel.family == "winograd") return 16;
  return kernel.family == "dot_i8" ? 32 : 0;
}

}  // namespace

double analytic_log_seconds(const ProgramOp& op, const KernelChoice& choice,
                            const tuner::DeviceParameters& device) {
  if (const std::optional<double> winograd = winograd_log_seconds(op, choice, device))
    return *winograd;
  if (const std::optional<DotWork> dot = dot_work(op, choice)) {
    return tuner::dot_log_seconds(dot->shape, dot->tiling, device) +
           std::log(static_cast<double>(std::max<std::int64_t>(dot->count, 1)));
  }
  if (const auto depthwise = depthwise_work(op, choice))
    return tuner::depthwise_log_seconds(*depthwise, device);
  return tuner::roofline_log_seconds(traffic(op, choice), device);
}

tuner::Candidate tuner_candidate(const ProgramOp& op, const KernelChoice& choice,
                                 std::uint32_t variant, const tuner::DeviceParameters& device) {
  tuner::Candidate candidate;
  candidate.name = candidate_name(choice);
  candidate.variant_id = variant;
  candidate.categories = {.algorithm = static_cast<std::uint16_t>(choice.config.algorithm +
                                                                  first_algorithm(*choice.kernel)),
                          .isa = static_cast<std::uint16_t>(choice.kernel->isa)};
  candidate.analytic_log_seconds = choice.log_seconds;
  candidate.scratch_bytes = static_cast<std::uint64_t>(worker_scratch_bytes(op, choice));
  candidate.sliceable = true;
  if (const std::optional<DotWork> dot = dot_work(op, choice)) {
    candidate.features = tuner::dot_features(dot->shape, dot->tiling, device);
  } else {
    const kernels::KernelConfig& config = choice.config;
    candidate.features = {half_log(choice.kernel->tile.mr), half_log(choice.kernel->tile.nr),
                          half_log(config.block_rows), half_log(config.block_columns),
                          half_log(config.block_depth)};
  }
  return candidate;
}

}  // namespace tilewright
