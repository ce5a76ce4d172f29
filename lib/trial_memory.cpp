// SPDX-License-Identifier: Apache-2.0
#include "lib/trial_memory.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "lib/plan_builder.h"
#include "scheduler/cost.h"

namespace tilewright {
namespace {

using runtime::Operand;
using runtime::Region;
using runtime::Step;

/// More weights than this are beyond the caches of most machines, and would take long to fill.
constexpr std::int64_t kMostWeightsBytes = std::int64_t{64} << 20;

/// Places `operand` at `end` of a part, which grows.
void place(Operand& operand, std::int64_t& end) {
  operand.offset_bytes = end;
  end = scheduler::round_up(end + extent_bytes(operand), kTensorAlignment);
}

/// Whether any bytes will do, since no index is of this type.
bool is_number(const Operand& operand) {
  return operand.dtype == DType::Float32 || operand.dtype == DType::Int8 ||
         operand.dtype == DType::UInt8;
}

/// Whether all that the step reads of constants are numbers. Those that kernels pack are weights
/// and biases.
bool has_number_constants(const Step& step) {
  return std::ranges::all_of(step.src, [](const Operand& src) {
    return src.region == Region::Arena || src.region == Region::Packed || is_number(src);
  });
}

/// What is needed of a part that has `size_bytes`: half as much again, so that a part does not grow
/// at every trial.
std::int64_t grown(std::int64_t size_bytes, std::int64_t needed_bytes) {
  if (needed_bytes <= size_bytes) return size_bytes;
  return scheduler::round_up(std::max(needed_bytes, size_bytes + size_bytes / 2), kTensorAlignment);
}

}  // namespace

std::int64_t extent_bytes(const Operand& operand) {
  if (operand.shape.elements() == 0) return 0;
  std::int64_t last = 0;
  for (int axis = 0; axis < operand.shape.rank(); ++axis) {
    last += (operand.shape[axis] - 1) * operand.strides[static_cast<std::size_t>(axis)];
  }
  return (last + 1) * size_bytes(operand.dtype);
}

void fill_with_numbers(std::byte* data, std::int64_t bytes) {
  std::array<float, 4096> pattern{};
  std::uint32_t state = 12345;
  for (float& value : pattern) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<float>((state >> 8) + 1) / 16777218.0F;
  }
  const auto all = static_cast<std::size_t>(bytes);
  for (std::size_t done = 0; done < all; done += sizeof pattern)
    std::memcpy(data + done, pattern.data(), std::min(sizeof pattern, all - done));
}

Status TrialMemory::reserve(const Sizes& needed) {
  const Sizes grown_sizes{grown(sizes_.number_bytes, needed.number_bytes),
                          grown(sizes_.zero_bytes, needed.zero_bytes),
                          grown(sizes_.written_bytes, needed.written_bytes)};
  if (block_ && grown_sizes.number_bytes == sizes_.number_bytes &&
      grown_sizes.zero_bytes == sizes_.zero_bytes &&
      grown_sizes.written_bytes == sizes_.written_bytes) {
    return ok();
  }
  block_.reset();
  sizes_ = {};
  const std::int64_t unwritten_bytes = grown_sizes.number_bytes + grown_sizes.zero_bytes;
  TILEWRIGHT_TRY(runtime::Arena block,
                 runtime::Arena::allocate(unwritten_bytes + grown_sizes.written_bytes, {}));
  fill_with_numbers(block.data(), grown_sizes.number_bytes);
  std::memset(block.data() + grown_sizes.number_bytes, 0,
              static_cast<std::size_t>(grown_sizes.zero_bytes + grown_sizes.written_bytes));
  block_.emplace(std::move(block));
  sizes_ = grown_sizes;
  return ok();
}

TrialMemory::TrialMemory(std::int64_t network_weights_bytes)
    : least_weights_bytes_(std::min(network_weights_bytes, kMostWeightsBytes)) {}

Status TrialMemory::reserve_weights(std::int64_t needed_bytes) {
  if (weights_ && weights_->size_bytes() >= needed_bytes) return ok();
  const std::int64_t size_bytes =
      grown(weights_ ? weights_->size_bytes() : 0, std::max(needed_bytes, least_weights_bytes_));
  weights_.reset();
  weights_end_ = 0;
  TILEWRIGHT_TRY(runtime::Arena weights, runtime::Arena::allocate(size_bytes, {}));
  fill_with_numbers(weights.data(), size_bytes);
  weights_.emplace(std::move(weights));
  return ok();
}

void TrialMemory::turn_weights(const Trial& trial, double fraction, runtime::BoundStep& bound) {
  const auto bytes = static_cast<std::int64_t>(trial.plan.constants.size());
  if (trial.own_constants || bytes == 0) return;
  const auto new_bytes = static_cast<std::int64_t>(fraction * static_cast<double>(bytes));
  const std::int64_t known_bytes = scheduler::round_up(bytes - new_bytes, kTensorAlignment);
  std::int64_t begin = std::max<std::int64_t>(weights_end_ - known_bytes, 0);
  if (begin + bytes > weights_->size_bytes()) begin = 0;
  weights_end_ = begin + bytes;
  const std::byte* weights = weights_->data() + begin;
  bound.packed = weights + bound.step->packed_offset_bytes;
  for (std::size_t i = 0; i < bound.src.size(); ++i) {
    const Operand& src = bound.step->src[i];
    // Kernels only read their sources; the reference has one type for both.
    if (src.region == Region::Constants)
      bound.src[i].data = const_cast<std::byte*>(weights + src.offset_bytes);
  }
}

Result<Trial> TrialMemory::lay_out(const ProgramOp& op, const KernelChoice& choice,
                                   std::int32_t threads, TrialWeights weights) {
  Trial trial;
  std::int64_t constants_bytes = 0;
  trial.plan.threads = threads;
  Step& step = trial.plan.steps.emplace_back(make_step(op, choice, threads, constants_bytes));
  Sizes needed;
  for (Operand& src : step.src) {
    if (src.region != Region::Arena) continue;
    place(src, is_number(src) ? needed.number_bytes : needed.zero_bytes);
  }
  const bool reads_numbers = weights == TrialWeights::Numbers && has_number_constants(step);
  place(step.dst, needed.written_bytes);
  step.scratch_offset_bytes = needed.written_bytes;
  needed.written_bytes =
      scheduler::round_up(needed.written_bytes + step.scratch_bytes * threads, kTensorAlignment);
  TILEWRIGHT_RETURN_IF_ERROR(reserve(needed));

  for (Operand& src : step.src) {
    if (src.region == Region::Arena && !is_number(src)) src.offset_bytes += sizes_.number_bytes;
  }
  step.dst.offset_bytes += sizes_.number_bytes + sizes_.zero_bytes;
  step.scratch_offset_bytes += sizes_.number_bytes + sizes_.zero_bytes;
  const std::byte* constants = nullptr;
  if (reads_numbers) {
    TILEWRIGHT_RETURN_IF_ERROR(reserve_weights(constants_bytes));
    constants = weights_->data();
  } else {
    TILEWRIGHT_TRY(runtime::Arena own, runtime::Arena::allocate(constants_bytes, {}));
    std::memset(own.data(), 0, static_cast<std::size_t>(constants_bytes));
    write_constants(op, step, own.data());
    constants = own.data();
    trial.own_constants.emplace(std::move(own));
  }
  trial.plan.arena_bytes = block_->size_bytes();
  trial.plan.constants = {constants, static_cast<std::size_t>(constants_bytes)};
  trial.bound = runtime::bind(trial.plan, {.arena = block_->data()});
  return trial;
}

}  // namespace tilewright
