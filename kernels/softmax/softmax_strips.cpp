// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax/softmax_strips.h"

#include "kernels/halide/buffer_view.h"
#include "kernels/loop_nest.h"
#include "kernels/softmax/softmax_variant.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

std::int64_t rows_of_axis(const Shape& shape, int axis) {
  std::int64_t rows = 1;
  for (int i = axis; i + 1 < shape.rank(); ++i)
    rows *= shape[i];
  return rows;
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

/// Along the innermost dimension: each row is a vector of its own.
void run_rows(const KernelArgs& args, const Softmax& op) {
  const auto& variant = variant_of<SoftmaxVariant>(args.kernel);
  const int last = args.dst.shape.rank() - 1;
  const std::int64_t columns = args.dst.shape.last();
  const SoftmaxStrip strip = columns >= variant.lanes ? variant.rows
                             : columns >= 4           ? variant.rows_x4
                                                      : variant.rows_x1;
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    const LoopNest nest = nest_between(args, box, 0, last);
    const Loop rows = nest.inner(0);
    for_each_cycle(nest, 1, [&](const Offsets& offsets) {
      BufferView<2> src = view(args.src[0], offsets[1], columns, {rows.extent, rows.strides[1]});
      BufferView<2> dst = view(args.dst, offsets[0], columns, {rows.extent, rows.strides[0]});
      strip(src.get(), op.beta, dst.get());
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
    const SoftmaxStrip strip = columns >= variant.lanes ? variant.columns
                               : columns >= 4           ? variant.columns_x4
                                                        : variant.columns_x1;
    for_each_cycle(nest, 1, [&](const Offsets& offsets) {
      BufferView<2> src = view(args.src[0], offsets[1], columns, {shape[op.axis], src_stride});
      BufferView<2> dst = view(args.dst, offsets[0], columns, {shape[op.axis], dst_stride});
      strip(src.get(), op.beta, dst.get());
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

void run_softmax_strips(const KernelArgs& args) {
  const auto& op = *std::get_if<Softmax>(&args.op);
  if (op.axis == args.dst.shape.rank() - 1) return run_rows(args, op);
  run_columns(args, op);
}

}  // namespace tilewright::kernels
