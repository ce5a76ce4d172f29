// SPDX-License-Identifier: Apache-2.0
#include "runtime/executor.h"

#include <array>
#include <cstring>

namespace tilewright::runtime {
namespace {

kernels::TensorRef resolve(const FlatPlan& plan, const Operand& operand, const Memories& memories) {
  // Kernels only read their sources; the reference has one type for both.
  return {address(plan, memories, operand.region, operand.offset_bytes), operand.dtype,
          operand.shape, operand.strides};
}

/// Rows of a step that are being made.
struct StepRows {
  const BoundStep& bound;
  CutRange rows;
  std::span<const kernels::TensorRef> src;
  const kernels::TensorRef& dst;
};

/// The same in more parts than shares: of each share's parts, how many were taken.
struct StepParts {
  const StepRows& all;
  std::array<std::atomic<std::int32_t>, kMaxThreads> taken{};
};

void run_part(const StepRows& all, std::int32_t part, std::byte* scratch) {
  const BoundStep& bound = all.bound;
  const Step& step = *bound.step;
  CutRange rows = all.rows;
  kernels::ColumnRange columns;
  if (bound.columns) {
    const CutRange own =
        part_of({0, bound.columns->extent}, bound.columns->granule, part, step.sharing.parts);
    columns = {own.begin, own.end};
  } else {
    rows = part_of(rows, bound.granule, part, step.sharing.parts);
  }
  if (rows.begin >= rows.end || columns.begin >= columns.end) return;
  if (!bound.strips.empty()) {
    run_strips(bound.strips, scratch, rows.begin, rows.end);
    return;
  }
  step.kernel->run({step.op, all.src, all.dst, bound.packed, scratch, step.config, *step.kernel,
                    rows.begin, rows.end, columns});
}

std::byte* scratch_of(const BoundStep& bound, std::int32_t share) {
  return bound.scratch + share * bound.step->scratch_bytes;
}

/// The share's only part.
void run_share(void* user, std::int32_t share) {
  const auto& all = *static_cast<const StepRows*>(user);
  run_part(all, share, scratch_of(all.bound, share));
}

/// The share's own parts, then those of the others that nobody has begun.
void run_share_of_parts(void* user, std::int32_t share) {
  auto& [all, taken_of] = *static_cast<StepParts*>(user);
  const auto& [threads, parts, axis] = all.bound.step->sharing;
  std::byte* scratch = scratch_of(all.bound, share);
  for (std::int32_t i = 0; i < threads; ++i) {
    const std::int32_t owner = (share + i) % threads;
    std::atomic<std::int32_t>& taken = taken_of[static_cast<std::size_t>(owner)];
    const std::int32_t end = parts * (owner + 1) / threads;
    const auto next = [&] {
      return parts * owner / threads + taken.fetch_add(1, std::memory_order_relaxed);
    };
    for (std::int32_t part = next(); part < end; part = next())
      run_part(all, part, scratch);
  }
}

void run_on(const Workers& workers, std::int32_t threads,
            void (*task)(void* user, std::int32_t share), void* user) {
  if (threads > 1 && workers.run != nullptr) return workers.run(workers.pool, threads, task, user);
  for (std::int32_t share = 0; share < threads; ++share)
    task(user, share);
}

void run_shares(StepRows& rows, const Workers& workers) {
  const Sharing& sharing = rows.bound.step->sharing;
  if (sharing.parts == sharing.threads) return run_on(workers, sharing.threads, run_share, &rows);
  StepParts parts{rows};
  run_on(workers, sharing.threads, run_share_of_parts, &parts);
}

void make(const std::vector<StageCopy>& copies) {
  for (const StageCopy& copy : copies)
    std::memcpy(copy.to, copy.from, static_cast<std::size_t>(copy.bytes));
}

/// All ops of a checked step with producers, with addresses and buffers.
std::vector<StripOp> bind_strips(const FlatPlan& plan, const Step& step, const Memories& memories) {
  std::optional<std::vector<StripOp>> ops = strip_ops(step);
  TILEWRIGHT_CHECK(ops.has_value());
  const StripLayout layout = strip_layout(*ops);
  for (std::size_t i = 0; i < ops->size(); ++i) {
    StripOp& op = (*ops)[i];
    for (const Operand& src : op.step->src)
      op.src.push_back(resolve(plan, src, memories));
    op.dst = resolve(plan, op.step->dst, memories);
    op.packed = address(plan, memories, op.step->packed_region, op.step->packed_offset_bytes);
    if (i < layout.buffers.size()) op.buffer = layout.buffers[i];
  }
  return *std::move(ops);
}

/// Binds steps of one plan, one after the other.
struct Binder {
  const FlatPlan& plan;
  const Memories& memories;
  std::pmr::memory_resource* resource;
  StepSpecs& specs;  // of the step at hand: making them anew was a third of the time

  [[nodiscard]] BoundStep bind(const Step& step, std::span<const std::byte> weights) const {
    read_specs(step, specs);
    const StepCuts cuts = step_cuts(step, specs);
    TILEWRIGHT_CHECK(cuts.rows.granule >= 1);
    std::pmr::vector<kernels::TensorRef> src(resource);
    src.reserve(step.src.size());
    for (const Operand& operand : step.src)
      src.push_back(resolve(plan, operand, memories));
    const bool is_loaded = step.packed_region == Region::Arena;
    BoundStep bound{
        &step,
        std::move(src),
        resolve(plan, step.dst, memories),
        (is_loaded ? memories.arena : weights.data()) + step.packed_offset_bytes,
        memories.arena + step.scratch_offset_bytes,
        cuts.rows.extent,
        cuts.rows.granule,
        {},
        {},
        {},
    };
    if (step.sharing.axis == CutAxis::Columns) bound.columns = cuts.columns;
    if (!step.producers.empty()) bound.strips = bind_strips(plan, step, memories);
    bound.bands = bind_bands(plan, step, {bound.src, bound.dst, bound.scratch}, memories);
    return bound;
  }
};

}  // namespace

BoundStep bind_step(const FlatPlan& plan, const Step& step, std::span<const std::byte> weights,
                    const Memories& memories) {
  StepSpecs specs;
  return Binder{plan, memories, std::pmr::new_delete_resource(), specs}.bind(step, weights);
}

BoundSteps bind(const FlatPlan& plan, const Memories& memories,
                std::pmr::memory_resource* resource) {
  StepSpecs specs;
  const Binder binder{plan, memories, resource, specs};
  BoundSteps bound(resource);
  bound.reserve(plan.steps.size());
  for (const Step& step : plan.steps)
    bound.push_back(binder.bind(step, plan.constants));
  return bound;
}

std::int64_t bound_bytes(const FlatPlan& plan) {
  std::size_t bytes = plan.steps.size() * sizeof(BoundStep);
  for (const Step& step : plan.steps)
    bytes += step.src.size() * sizeof(kernels::TensorRef);
  return static_cast<std::int64_t>(bytes);
}

void run_rows(const BoundStep& bound, std::int64_t begin, std::int64_t end,
              const Workers& workers) {
  StepRows rows{bound, {begin, end}, bound.src, bound.dst};
  run_shares(rows, workers);
}

void run_step(const BoundStep& bound, const Workers& workers) {
  if (bound.bands.empty()) run_rows(bound, 0, bound.rows, workers);
  for (const BoundBand& band : bound.bands) {
    make(band.before);
    StepRows rows{bound, band.rows, band.src, band.dst};
    run_shares(rows, workers);
    make(band.after);
  }
}

Error stopped_before(const BoundStep& bound, std::size_t step) {
  return {ErrorCode::Cancelled, "run: stopped before step " + std::to_string(step) + " '" +
                                    bound.step->name + "' as asked"};
}

Status run_steps(std::span<const BoundStep> steps, const Workers& workers,
                 const std::atomic<bool>& cancelled, const StepHook& hook, Mover& mover) {
  mover.begin_run();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (cancelled.load(std::memory_order_relaxed)) {
      mover.abandon_run();
      return stopped_before(steps[i], i);
    }
    mover.before(i);
    if (hook.before != nullptr) hook.before(hook.user, i);
    run_step(steps[i], workers);
    if (hook.after != nullptr) hook.after(hook.user, i);
  }
  mover.before(steps.size());
  return ok();
}

}  // namespace tilewright::runtime
