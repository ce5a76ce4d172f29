// SPDX-License-Identifier: Apache-2.0
#include "lib/kernel_features.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "kernels/op_rules.h"
#include "lib/scheduling_problem.h"
#include "lib/tuner/cost_model.h"
#include "lib/winograd_work.h"

namespace tilewright {
namespace {

/// The matrix product behind an op, and how many of them there are; none for ops that are not dots.
struct Dot {
  tuner::DotShape shape;
  std::int64_t count = 1;
};

std::optional<Dot> dot_of(const ProgramOp& op) {
  const Shape& dst = op.dst.spec.shape;
  const std::int64_t rows = kernels::row_count(dst);
  if (const auto* conv = std::get_if<Conv2d>(&op.op)) {
    const Shape& filter = op.src[1].spec.shape;
    return Dot{{rows, dst.last() / conv->groups, filter[1] * filter[2] * filter[3]}, conv->groups};
  }
  if (std::holds_alternative<FullyConnected>(op.op)) {
    return Dot{{rows, dst.last(), op.src[0].spec.shape.last()}, 1};
  }
  if (const auto* matmul = std::get_if<MatMul>(&op.op)) {
    const Shape& a = op.src[0].spec.shape;
    const std::int64_t m = dst[dst.rank() - 2];
    return Dot{{m, dst.last(), matmul->transpose_a ? a[a.rank() - 2] : a.last()},
               rows / std::max<std::int64_t>(m, 1)};
  }
  return std::nullopt;
}

tuner::DotTiling tiling_of(const Dot& dot, const KernelChoice& choice) {
  const kernels::Tile& tile = choice.kernel->tile;
  const kernels::KernelConfig& config = choice.config;
  const auto block = [](std::int32_t blocks, std::int64_t unit, std::int64_t all) {
    return blocks > 0 ? std::min<std::int64_t>(blocks * unit, all) : all;
  };
  return {
      .mr = tile.mr,
      .nr = tile.nr,
      .lanes = tile.lanes,
      .left = config.algorithm == 0 ? tuner::LeftOperand::Direct : tuner::LeftOperand::Packed,
      .mc = block(config.block_rows, tile.mr, dot.shape.m),
      .nc = block(config.block_columns, tile.nr, dot.shape.n),
      .kc = block(config.block_depth, 1, dot.shape.k),
  };
}

/// Floating-point operations per output element of ops that are not dots; a rough weight of their
/// arithmetic.
constexpr double kFlopsPerElement = 4;

double roofline_log_seconds(const ProgramOp& op, const KernelChoice& choice,
                            const tuner::DeviceParameters& device) {
  double bytes = static_cast<double>(op.dst.spec.size_bytes());
  for (const ProgramOperand& src : op.src)
    bytes += static_cast<double>(src.spec.size_bytes());
  const double macs = static_cast<double>(kernels::macs(op.op, src_specs(op), op.dst.spec));
  const double elements = static_cast<double>(op.dst.spec.shape.elements());
  return tuner::roofline_log_seconds({.bytes = bytes,
                                      .flops = 2 * macs + kFlopsPerElement * elements,
                                      .footprint_bytes = bytes,
                                      .lanes = choice.kernel->tile.lanes},
                                     device);
}

}  // namespace

double analytic_log_seconds(const ProgramOp& op, const KernelChoice& choice,
                            const tuner::DeviceParameters& device) {
  if (const std::optional<double> winograd = winograd_log_seconds(op, choice, device))
    return *winograd;
  const std::optional<Dot> dot = dot_of(op);
  if (!dot) return roofline_log_seconds(op, choice, device);
  return tuner::dot_log_seconds(dot->shape, tiling_of(*dot, choice), device) +
         std::log(static_cast<double>(std::max<std::int64_t>(dot->count, 1)));
}

tuner::Candidate tuner_candidate(const ProgramOp& op, const KernelChoice& choice,
                                 std::uint32_t variant, const tuner::DeviceParameters& device) {
  tuner::Candidate candidate;
  candidate.name = candidate_name(choice);
  candidate.variant_id = variant;
  candidate.categories = {.algorithm = static_cast<std::uint16_t>(choice.config.algorithm),
                          .isa = static_cast<std::uint16_t>(choice.kernel->isa)};
  candidate.analytic_log_seconds = choice.log_seconds;
  candidate.scratch_bytes = static_cast<std::uint64_t>(worker_scratch_bytes(op, choice));
  candidate.sliceable = true;
  if (const std::optional<Dot> dot = dot_of(op)) {
    candidate.features = tuner::dot_features(dot->shape, tiling_of(*dot, choice), device);
  } else {
    candidate.features[0] = std::log2(std::max(choice.kernel->tile.mr, 1)) / 2;
    candidate.features[1] = std::log2(std::max(choice.kernel->tile.nr, 1)) / 2;
  }
  return candidate;
}

}  // namespace tilewright
