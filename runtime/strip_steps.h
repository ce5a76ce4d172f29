// SPDX-License-Identifier: Apache-2.0
// Steps with producers: a chain of ops that runs strip by strip, so that the tensors between them
// never exist as a whole.
//
//   x (arena) ─► expand ─► [rows of a] ─► depthwise ─► [rows of b] ─► project ─► y (arena)
//
// For each strip of y every producer makes the rows that are missing, in a buffer of the worker's
// scratch. A kernel sees a tensor of the full shape whose base is moved, so that the rows in the
// buffer have their own addresses; it is asked for nothing that touches the others. Rows that the
// next strip needs again (the overlap of windows) stay and are moved to the front of the buffer
// when it is full; only the first strip of a share makes them anew. So the bits are those of the
// ops one after the other, whatever the strips and shares.
//
// Scratch of a worker: that of the kernels, which share it, then the buffers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernels/input_rows.h"
#include "runtime/flat_plan.h"

namespace tilewright::runtime {

/// Most ops of one step, operands of one of them, and strips of an output.
inline constexpr std::size_t kMaxStripOps = 8;
inline constexpr std::size_t kMaxStripInputs = 8;
inline constexpr std::int64_t kMaxStrips = 1 << 12;

/// Where a producer's rows are kept.
struct StripBuffer {
  std::int64_t offset_bytes = 0;  // in the scratch of a worker
  std::int64_t rows = 0;          // that fit
  std::int64_t row_bytes = 0;
};

struct StripLayout {
  std::vector<StripBuffer> buffers;  // one per producer
  std::int64_t scratch_bytes = 0;    // of one worker, a multiple of kTensorAlignment
};

/// An op of such a step; the step itself is the last.
struct StripOp {
  const Step* step = nullptr;
  StepSpecs specs;
  std::vector<kernels::TensorRef> src;  // `data` is null where a producer's rows are read
  std::vector<std::int32_t> producers;  // per input: which producer it is of, or -1
  kernels::TensorRef dst;               // `data` is null of a producer
  const std::byte* packed = nullptr;
  std::int64_t rows = 0;
  std::int64_t granule = 1;
  StripBuffer buffer;

  [[nodiscard]] kernels::Call call() const { return {step->op, specs.src, specs.dst}; }
};

/// The ops of a step with producers, without addresses and buffers. The step outlives the result.
/// None if it is not made as `Step` says: too many ops, operands or strips, an input that no
/// earlier producer makes, or a kernel that may read any row of one. Kernels must accept their
/// calls.
[[nodiscard]] std::optional<std::vector<StripOp>> strip_ops(const Step& step);

/// How much of each producer's output must be kept, however the strips are shared out.
[[nodiscard]] StripLayout strip_layout(std::span<const StripOp> ops);

/// Runs the strips of rows [begin, end) of the step, multiples of `strip_rows` or the last row.
void run_strips(std::span<const StripOp> ops, std::byte* scratch, std::int64_t begin,
                std::int64_t end);

/// Checks the producers of a step whose own operands and kernel were checked. Errors: InvalidModel.
[[nodiscard]] Status check_strips(const FlatPlan& plan, const Step& step, const std::string& where);

}  // namespace tilewright::runtime
