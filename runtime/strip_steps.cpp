// SPDX-License-Identifier: Apache-2.0
#include "runtime/strip_steps.h"

#include <algorithm>
#include <cstring>

#include "runtime/mover.h"

namespace tilewright::runtime {
namespace {

using kernels::RowRange;

std::int64_t rounded_down(std::int64_t rows, std::int64_t granule) {
  return rows / granule * granule;
}

std::int64_t rounded_up(std::int64_t rows, std::int64_t granule) {
  return (rows + granule - 1) / granule * granule;
}

/// How far a share is with one op.
struct Progress {
  RowRange range;          // made for this strip
  std::int64_t keep = 0;   // the first row that this strip or a later one reads
  std::int64_t done = 0;   // rows from `keep` to here exist
  std::int64_t first = 0;  // the row at the front of the buffer
};
using ShareProgress = std::array<Progress, kMaxStripOps>;

/// The index of the producer that `operand` is of; -1 if there is none before `count`.
std::int32_t producer_of(const Step& step, const Operand& operand, std::size_t count) {
  for (std::size_t p = 0; p < count; ++p) {
    const Operand& made = step.producers[p].dst;
    if (made.offset_bytes == operand.offset_bytes && made.shape == operand.shape &&
        made.dtype == operand.dtype)
      return static_cast<std::int32_t>(p);
  }
  return -1;
}

bool reads_known_rows(const StripOp& op, std::size_t input) {
  return op.rows == 0 ||
         kernels::input_rows(op.call(), *op.step->kernel, input, {0, 1}).has_value();
}

std::optional<StripOp> strip_op(const Step& step, std::size_t index) {
  const Step& own = index < step.producers.size() ? step.producers[index] : step;
  StripOp op;
  op.step = &own;
  op.specs = specs_of(own);
  op.rows = kernels::row_count(own.dst.shape);
  op.granule = own.kernel->row_granule(op.call(), *own.kernel, own.config);
  if (own.src.size() > kMaxStripInputs) return std::nullopt;
  for (std::size_t i = 0; i < own.src.size(); ++i) {
    op.producers.push_back(-1);
    if (own.src[i].region != Region::Strip) continue;
    op.producers[i] = producer_of(step, own.src[i], index);
    if (op.producers[i] < 0 || !reads_known_rows(op, i)) return std::nullopt;
  }
  return op;
}

/// Sets what every op has to make for `strip` of the last one, given how far they are.
void plan_strip(std::span<const StripOp> ops, RowRange strip, ShareProgress& at) {
  at[ops.size() - 1].range = strip;
  for (std::size_t p = ops.size() - 1; p-- > 0;) {
    const std::int64_t rows = ops[p].rows;
    std::int64_t needed_end = 0;
    at[p].keep = rows;
    for (std::size_t r = p + 1; r < ops.size(); ++r) {
      const StripOp& reader = ops[r];
      const RowRange range = at[r].range;
      for (std::size_t i = 0; i < reader.producers.size(); ++i) {
        if (reader.producers[i] != static_cast<std::int32_t>(p) || range.begin >= reader.rows)
          continue;
        const RowRange next{range.begin, std::max(range.end, range.begin + 1)};
        const RowRange needed = *kernels::input_rows(reader.call(), *reader.step->kernel, i, next);
        at[p].keep = std::min(at[p].keep, needed.begin);
        if (!range.is_empty()) needed_end = std::max(needed_end, needed.end);
      }
    }
    const std::int64_t begin = std::max(at[p].done, rounded_down(at[p].keep, ops[p].granule));
    const std::int64_t end = std::min(rows, rounded_up(needed_end, ops[p].granule));
    at[p].range = {begin, std::max(begin, end)};
  }
}

/// Makes room in a producer's buffer for the rows of this strip.
void make_room(const StripBuffer& buffer, std::byte* memory, Progress& at) {
  if (at.range.end - at.first <= buffer.rows && at.done > at.first) return;
  const std::int64_t first = std::min(at.keep, at.range.begin);
  if (at.done > first && first > at.first) {
    std::memmove(memory, memory + (first - at.first) * buffer.row_bytes,
                 static_cast<std::size_t>((at.done - first) * buffer.row_bytes));
  }
  at.first = first;
}

/// A tensor of which the buffer holds the rows from `first` on.
void place(kernels::TensorRef& tensor, const StripBuffer& buffer, std::byte* scratch,
           std::int64_t first) {
  tensor.data = moved_back(scratch + buffer.offset_bytes, first * buffer.row_bytes);
}

void run_op(std::span<const StripOp> ops, std::size_t index, std::byte* scratch,
            const ShareProgress& at) {
  const StripOp& op = ops[index];
  std::array<kernels::TensorRef, kMaxStripInputs> src;
  for (std::size_t i = 0; i < op.src.size(); ++i) {
    src[i] = op.src[i];
    if (op.producers[i] < 0) continue;
    const auto producer = static_cast<std::size_t>(op.producers[i]);
    place(src[i], ops[producer].buffer, scratch, at[producer].first);
  }
  kernels::TensorRef dst = op.dst;
  if (index + 1 < ops.size()) place(dst, op.buffer, scratch, at[index].first);
  const Step& step = *op.step;
  step.kernel->run({step.op, std::span(src).first(op.src.size()), dst, op.packed, scratch,
                    step.config, *step.kernel, at[index].range.begin, at[index].range.end});
}

}  // namespace

std::optional<std::vector<StripOp>> strip_ops(const Step& step) {
  if (step.producers.size() >= kMaxStripOps || step.strip_rows < 1) return std::nullopt;
  std::vector<StripOp> ops;
  for (std::size_t i = 0; i <= step.producers.size(); ++i) {
    std::optional<StripOp> op = strip_op(step, i);
    if (!op) return std::nullopt;
    ops.push_back(std::move(*op));
  }
  const StripOp& last = ops.back();
  const bool is_whole = step.strip_rows % last.granule == 0;
  if (!is_whole || last.rows / step.strip_rows >= kMaxStrips) return std::nullopt;
  return ops;
}

StripLayout strip_layout(std::span<const StripOp> ops) {
  StripLayout layout;
  for (const StripOp& op : ops) {
    const std::int64_t bytes =
        op.step->kernel->scratch_bytes(op.call(), *op.step->kernel, op.step->config);
    layout.scratch_bytes = std::max(layout.scratch_bytes, rounded_up(bytes, kTensorAlignment));
  }
  layout.buffers.resize(ops.size() - 1);
  // A share that begins at a strip holds at least the rows that one which came by does.
  const std::int64_t strip_rows = ops.back().step->strip_rows;
  for (std::int64_t begin = 0; begin < ops.back().rows; begin += strip_rows) {
    ShareProgress fresh{};
    plan_strip(ops, {begin, std::min(begin + strip_rows, ops.back().rows)}, fresh);
    for (std::size_t p = 0; p < layout.buffers.size(); ++p) {
      const std::int64_t first = std::min(fresh[p].keep, fresh[p].range.begin);
      layout.buffers[p].rows = std::max(layout.buffers[p].rows, fresh[p].range.end - first);
    }
  }
  for (std::size_t p = 0; p < layout.buffers.size(); ++p) {
    const Operand& dst = ops[p].step->dst;
    const std::int64_t columns = dst.shape.rank() == 0 ? 1 : dst.shape.last();
    StripBuffer& buffer = layout.buffers[p];
    buffer.row_bytes = columns * size_bytes(dst.dtype);
    buffer.offset_bytes = layout.scratch_bytes;
    layout.scratch_bytes += rounded_up(buffer.rows * buffer.row_bytes, kTensorAlignment);
  }
  return layout;
}

void run_strips(std::span<const StripOp> ops, std::byte* scratch, std::int64_t begin,
                std::int64_t end) {
  ShareProgress at{};
  const std::int64_t strip_rows = ops.back().step->strip_rows;
  for (std::int64_t row = begin; row < end; row += strip_rows) {
    plan_strip(ops, {row, std::min(row + strip_rows, end)}, at);
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (at[i].range.is_empty()) continue;
      if (i + 1 < ops.size()) make_room(ops[i].buffer, scratch + ops[i].buffer.offset_bytes, at[i]);
      run_op(ops, i, scratch, at);
      at[i].done = at[i].range.end;
    }
  }
}

}  // namespace tilewright::runtime
