// SPDX-License-Identifier: Apache-2.0
#include "lib/kernel_measurer.h"

#include <algorithm>
#include <cstring>

#include "lib/plan_builder.h"
#include "runtime/arena.h"
#include "runtime/denormals.h"

namespace tilewright {
namespace {

// A race alternates between few candidates; packing their weights anew each time would eat the
// budget.
constexpr std::size_t kKeptPrepared = 8;

std::int64_t round_up(std::int64_t bytes) {
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

/// Bytes from an operand's first element to behind its last.
std::int64_t extent_bytes(const runtime::Operand& operand) {
  if (operand.shape.elements() == 0) return 0;
  std::int64_t last = 0;
  for (int axis = 0; axis < operand.shape.rank(); ++axis) {
    last += (operand.shape[axis] - 1) * operand.strides[static_cast<std::size_t>(axis)];
  }
  return (last + 1) * size_bytes(operand.dtype);
}

/// Numbers in (0, 1) for floats, so that no op meets infinities or denormals; zeros for everything
/// else.
void fill(std::byte* data, std::int64_t bytes, DType dtype) {
  std::memset(data, 0, static_cast<std::size_t>(bytes));
  if (dtype != DType::Float32) return;
  std::uint32_t state = 12345;
  for (std::int64_t i = 0; i + 4 <= bytes; i += 4) {
    state = state * 1664525U + 1013904223U;
    const float value = static_cast<float>((state >> 8) + 1) / 16777218.0F;
    std::memcpy(data + i, &value, sizeof value);
  }
}

/// A plan of one step, its operands beside each other, without memory yet.
runtime::FlatPlan one_step(const ProgramOp& op, const KernelChoice& choice, std::int32_t threads,
                           std::int64_t& constants_bytes) {
  runtime::FlatPlan plan;
  plan.threads = threads;
  runtime::Step step = make_step(op, choice, threads, constants_bytes);
  const auto place = [&](runtime::Operand& operand) {
    if (operand.region != runtime::Region::Arena) return;
    operand.offset_bytes = plan.arena_bytes;
    plan.arena_bytes = round_up(plan.arena_bytes + extent_bytes(operand));
  };
  for (runtime::Operand& src : step.src)
    place(src);
  place(step.dst);
  step.scratch_offset_bytes = plan.arena_bytes;
  plan.arena_bytes += step.scratch_bytes * threads;
  plan.steps.push_back(std::move(step));
  return plan;
}

}  // namespace

struct KernelMeasurer::Prepared {
  std::size_t layer = 0;
  std::size_t candidate = 0;
  runtime::FlatPlan plan;
  std::optional<runtime::Arena> arena;
  std::optional<runtime::Arena> constants;
  std::vector<runtime::BoundStep> bound;
};

KernelMeasurer::KernelMeasurer(std::span<const MeasuredLayer> layers, std::int32_t threads)
    : layers_(layers), threads_(threads), timer_(tuner::machine_timer()) {
  if (threads > 1) pool_.emplace(threads);
}

KernelMeasurer::~KernelMeasurer() = default;

Status KernelMeasurer::fill_memory(const ProgramOp& op, std::int64_t constants_bytes,
                                   Prepared& prepared) {
  runtime::FlatPlan& plan = prepared.plan;
  TILEWRIGHT_TRY(runtime::Arena arena, runtime::Arena::allocate(plan.arena_bytes, {}));
  TILEWRIGHT_TRY(runtime::Arena constants, runtime::Arena::allocate(constants_bytes, {}));
  prepared.arena.emplace(std::move(arena));
  prepared.constants.emplace(std::move(constants));
  std::byte* memory = prepared.arena->data();
  std::memset(memory, 0, static_cast<std::size_t>(plan.arena_bytes));
  const runtime::Step& step = plan.steps.front();
  for (const runtime::Operand& src : step.src) {
    if (src.region == runtime::Region::Arena)
      fill(memory + src.offset_bytes, extent_bytes(src), src.dtype);
  }
  write_constants(op, step, prepared.constants->data());
  plan.constants = {prepared.constants->data(), static_cast<std::size_t>(constants_bytes)};
  prepared.bound = runtime::bind(plan, memory);
  return ok();
}

Result<KernelMeasurer::Prepared*> KernelMeasurer::prepare(std::size_t layer,
                                                          std::size_t candidate) {
  const auto found = std::find_if(recent_.begin(), recent_.end(), [&](const auto& p) {
    return p->layer == layer && p->candidate == candidate;
  });
  if (found != recent_.end()) {
    std::rotate(found, found + 1, recent_.end());
    return recent_.back().get();
  }
  auto prepared = std::make_unique<Prepared>();
  prepared->layer = layer;
  prepared->candidate = candidate;
  const ProgramOp& op = *layers_[layer].op;
  std::int64_t constants_bytes = 0;
  prepared->plan = one_step(op, layers_[layer].candidates[candidate], threads_, constants_bytes);
  TILEWRIGHT_RETURN_IF_ERROR(fill_memory(op, constants_bytes, *prepared));
  if (recent_.size() == kKeptPrepared) recent_.erase(recent_.begin());
  recent_.push_back(std::move(prepared));
  return recent_.back().get();
}

Result<tuner::Measurement> KernelMeasurer::measure(const tuner::Visit& visit) {
  TILEWRIGHT_TRY(const Prepared* prepared, prepare(visit.layer, visit.candidate));
  runtime::BoundStep slice = prepared->bound.front();
  const std::int64_t all_rows = slice.rows;
  if (visit.fraction < 1 && all_rows > 0) {
    const std::int64_t panels = (all_rows + slice.granule - 1) / slice.granule;
    const auto wanted =
        static_cast<std::int64_t>(visit.fraction * static_cast<double>(panels) + 0.5);
    slice.rows = std::min(all_rows, std::max<std::int64_t>(wanted, 1) * slice.granule);
  }
  const runtime::Workers workers = pool_ ? pool_->workers() : runtime::Workers{};
  const runtime::FlushDenormals flush_denormals;
  const auto run = [&]() -> Status {
    runtime::run_step(slice, workers);
    return ok();
  };
  tuner::Visit rounded = visit;
  rounded.fraction =
      all_rows == 0 ? 1 : static_cast<double>(slice.rows) / static_cast<double>(all_rows);
  return tuner::measure_visit(run, rounded, timer_);
}

double KernelMeasurer::now_seconds() {
  return timer_.now_seconds();
}

}  // namespace tilewright
