// SPDX-License-Identifier: Apache-2.0
// Runs the steps of a plan, and the transfers between them. Needs nothing but memory: no threads,
// files, streams or heap after `bind`.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "tilewright/status.h"

#include "runtime/bound_band.h"
#include "runtime/flat_plan.h"
#include "runtime/mover.h"
#include "runtime/step_cut.h"
#include "runtime/strip_steps.h"

namespace tilewright::runtime {

/// How the shares of a step are run; the default does them one after the other on the calling
/// thread.
struct Workers {
  /// Calls task(user, share) once for each share in [0, shares), perhaps at the same time, and
  /// returns after all.
  void (*run)(void* pool, std::int32_t shares, void (*task)(void* user, std::int32_t share),
              void* user) = nullptr;
  void* pool = nullptr;
};

/// A step with addresses instead of offsets.
struct BoundStep {
  const Step* step = nullptr;
  std::pmr::vector<kernels::TensorRef> src;  // copies are of the heap
  kernels::TensorRef dst;
  const std::byte* packed = nullptr;
  std::byte* scratch = nullptr;
  std::int64_t rows = 0;
  std::int64_t granule = 1;
  std::optional<Cut> columns;    // of a step whose parts are columns of all rows asked for
  std::vector<StripOp> strips;   // of a step with producers: all its ops, this one last
  std::vector<BoundBand> bands;  // of a step with split operands
};

using BoundSteps = std::pmr::vector<BoundStep>;

/// Resolves the addresses of a checked plan for an arena of `plan.arena_bytes`. `plan` must outlive
/// the result, and so must `resource`, where the steps and their operands lie. Allocates.
[[nodiscard]] BoundSteps bind(
    const FlatPlan& plan, const Memories& memories,
    std::pmr::memory_resource* resource = std::pmr::new_delete_resource());

/// What `bind` asks of its resource, at most.
[[nodiscard]] std::int64_t bound_bytes(const FlatPlan& plan);

/// The same for one step, of the plan or with its operands, whose packed weights lie in `weights`
/// unless a transfer brings them into the arena. `step` must outlive the result, which is of the
/// heap.
[[nodiscard]] BoundStep bind_step(const FlatPlan& plan, const Step& step,
                                  std::span<const std::byte> weights, const Memories& memories);

/// Runs rows [begin, end) of a step without split operands, cut and shared as `step.sharing` says.
/// `begin` is a multiple of the granule, `end` as well or the last row.
void run_rows(const BoundStep& bound, std::int64_t begin, std::int64_t end, const Workers& workers);

/// Runs all rows of a step.
void run_step(const BoundStep& bound, const Workers& workers);

/// Runs all steps in order, the transfers of `mover` before and after them; stops between two steps
/// when `cancelled` becomes true. `before` and `after` surround every step if not null (profiling).
/// Errors: Cancelled.
struct StepHook {
  void (*before)(void* user, std::size_t step) = nullptr;
  void (*after)(void* user, std::size_t step) = nullptr;
  void* user = nullptr;
};
[[nodiscard]] Status run_steps(std::span<const BoundStep> steps, const Workers& workers,
                               const std::atomic<bool>& cancelled, const StepHook& hook,
                               Mover& mover);

/// The error of a run that was cancelled before its step number `step`.
[[nodiscard]] Error stopped_before(const BoundStep& bound, std::size_t step);

}  // namespace tilewright::runtime
