// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax/softmax_strips.h"

#include "kernels/copy/transpose_tile.h"
#include "kernels/halide/buffer_view.h"
#include "kernels/loop_nest.h"
#include "kernels/softmax/softmax_variant.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

/// Short rows are computed side by side, so many at a time.
constexpr std::int64_t kRowsTogether = 64;

/// Whether the innermost dimension is the axis, and its rows do not fill a vector.
bool has_short_rows(const Shape& shape, int axis, std::int64_t lanes) {
  return axis == shape.rank() - 1 && shape.last() < lanes;
}

/// The loops over dimensions [begin, end) of `box`.
LoopNest nest_between(const KernelArgs& args, const Box& box, int begin, int end) {
  LoopNest nest;
  for (int axis = begin; axis < end; ++axis) {
    const Loop loop{at(box.extent, axis),
                    {at(args.dst.strides, axis), at(args.src[0].strides, axis)}};
    nest.add(loop);
  }
  for (int axis = 0; axis < args.dst.shape.rank(); ++axis) {
    nest.start[0] += at(box.begin, axis) * at(args.dst.strides, axis);
    nest.start[1] += at(box.begin, axis) * at(args.src[0].strides, axis);
  }
  return merged(nest);
}

BufferView<2> view(const TensorRef& tensor, std::int64_t offset, std::int64_t columns,
                   std::array<std::int64_t, 2> rows) {
  return BufferView<2>(tensor.as<float>() + offset, {{{columns, 1}, rows}});
}

/// Along the dimension of the rows of `src`, which may be few columns wide.
void softmax_columns(const SoftmaxVariant& variant, std::int64_t columns, BufferView<2>& src,
                     float beta, BufferView<2>& dst) {
  const SoftmaxStrip strip = columns >= variant.lanes ? variant.columns
                             : columns >= 4           ? variant.columns_x4
                                                      : variant.columns_x1;
  strip(src.get(), beta, dst.get());
}

/// `rows` short rows: transposed in scratch, so that they are columns.
void run_short_rows(const KernelArgs& args, const Softmax& op, const Offsets& offsets,
                    const Loop& rows) {
  const std::int64_t length = args.dst.shape.last();
  auto* in = reinterpret_cast<float*>(args.scratch);
  float* out = in + length * kRowsTogether;
  for (std::int64_t done = 0; done < rows.extent; done += kRowsTogether) {
    const std::int64_t count = std::min(kRowsTogether, rows.extent - done);
    const float* src = args.src[0].as<float>() + offsets[1] + done * rows.strides[1];
    float* dst = args.dst.as<float>() + offsets[0] + done * rows.strides[0];
    transpose_matrix({length, count, kRowsTogether, rows.strides[1]},
                     reinterpret_cast<std::byte*>(in), reinterpret_cast<const std::byte*>(src),
                     sizeof(float));
    BufferView<2> from(in, {{{count, 1}, {length, kRowsTogether}}});
    BufferView<2> to(out, {{{count, 1}, {length, kRowsTogether}}});
    softmax_columns(variant_of<SoftmaxVariant>(args.kernel), count, from, op.beta, to);
    transpose_matrix({count, length, rows.strides[0], kRowsTogether},
                     reinterpret_cast<std::byte*>(dst), reinterpret_cast<const std::byte*>(out),
                     sizeof(float));
  }
}

/// Along the innermost dimension: each row is a vector of its own.
void run_rows(const KernelArgs& args, const Softmax& op) {
  const auto& variant = variant_of<SoftmaxVariant>(args.kernel);
  const int last = args.dst.shape.rank() - 1;
  const std::int64_t columns = args.dst.shape.last();
  const bool is_short = has_short_rows(args.dst.shape, op.axis, variant.lanes);
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    const LoopNest nest = nest_between(args, box, 0, last);
    const Loop rows = nest.inner(0);
    for_each_cycle(nest, 1, [&](const Offsets& offsets) {
      if (is_short) return run_short_rows(args, op, offsets, rows);
      BufferView<2> src = view(args.src[0], offsets[1], columns, {rows.extent, rows.strides[1]});
      BufferView<2> dst = view(args.dst, offsets[0], columns, {rows.extent, rows.strides[0]});
      variant.rows(src.get(), op.beta, dst.get());
    });
  });
}

/// Along an outer dimension: the dimensions inside it are columns, those outside repeat.
void run_columns(const KernelArgs& args, const Softmax& op) {
  const auto& variant = variant_of<SoftmaxVariant>(args.kernel);
  const Shape& shape = args.dst.shape;
  const std::int64_t rows_together = rows_of_axis(shape, op.axis);
  const std::int64_t dst_stride = at(args.dst.strides, op.axis);
  const std::int64_t src_stride = at(args.src[0].strides, op.axis);
  for (std::int64_t row = args.row_begin; row < args.row_end; row += rows_together) {
    Box box;
    box.begin = index_of(shape, row * shape.last());
    for (int axis = op.axis + 1; axis < shape.rank(); ++axis)
      at(box.extent, axis) = shape[axis];
    LoopNest nest = nest_between(args, box, op.axis + 1, shape.rank());
    if (nest.inner(0).strides[0] != 1 || nest.inner(0).strides[1] != 1) nest.add({1, {1, 1}});
    const std::int64_t columns = nest.inner(0).extent;
    for_each_cycle(nest, 1, [&](const Offsets& offsets) {
      BufferView<2> src = view(args.src[0], offsets[1], columns, {shape[op.axis], src_stride});
      BufferView<2> dst = view(args.dst, offsets[0], columns, {shape[op.axis], dst_stride});
      softmax_columns(variant, columns, src, op.beta, dst);
    });
  }
}

}  // namespace

bool softmax_strips_support(const Call& call, const Kernel&) {
  return is_float_op<Softmax>(call) && is_small_enough(call) && call.dst.shape.rank() > 0;
}

std::int64_t softmax_granule(const Call& call, const Kernel&, const KernelConfig&) {
  const std::int64_t rows = rows_of_axis(call.dst.shape, std::get_if<Softmax>(&call.op)->axis);
  return std::max<std::int64_t>(rows, 1);
}

std::int64_t softmax_scratch_bytes(const Call& call, const Kernel& kernel, const KernelConfig&) {
  const Shape& shape = call.dst.shape;
  const auto& op = *std::get_if<Softmax>(&call.op);
  if (!has_short_rows(shape, op.axis, variant_of<SoftmaxVariant>(kernel).lanes)) return 0;
  return 2 * shape.last() * kRowsTogether * std::int64_t{sizeof(float)};
}

void run_softmax_strips(const KernelArgs& args) {
  const auto& op = *std::get_if<Softmax>(&args.op);
  if (op.axis == args.dst.shape.rank() - 1) return run_rows(args, op);
  run_columns(args, op);
}

}  // namespace tilewright::kernels
