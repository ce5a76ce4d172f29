// SPDX-License-Identifier: Apache-2.0
// Ops that are one strided copy per box of rows: only the strides differ.
#include "kernels/copy/copy_kernels.h"
#include "kernels/copy/copy_nest.h"

namespace tilewright::kernels {
namespace {

/// The loops over `box` with the strides of `dst`, and `src_strides` per dimension of it.
LoopNest strided_nest(const TensorRef& dst, const Strides& src_strides, const Box& box) {
  LoopNest nest;
  for (int axis = 0; axis < dst.shape.rank(); ++axis) {
    const Loop loop{at(box.extent, axis), {at(dst.strides, axis), at(src_strides, axis)}};
    nest.start[0] += at(box.begin, axis) * loop.strides[0];
    nest.start[1] += at(box.begin, axis) * loop.strides[1];
    nest.add(loop);
  }
  return nest;
}

/// Copies the rows of `dst` that `args` asks for from `src`, whose element for index 0 is at
/// `src_offset`.
void copy_rows(const KernelArgs& args, const TensorRef& dst, const Strides& src_strides,
               std::int64_t src_offset = 0) {
  const std::int64_t bytes = size_bytes(dst.dtype);
  const std::byte* src = args.src[0].data + src_offset * bytes;
  for_each_element_box(dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    copy_nest(strided_nest(dst, src_strides, box), dst.data, src, bytes);
  });
}

/// A view of the output with other dimensions, of the same rows in the same order.
TensorRef viewed(const TensorRef& dst, const Shape& shape, const Strides& strides) {
  return {dst.data, dst.dtype, shape, strides};
}

}  // namespace

void run_transpose_boxes(const KernelArgs& args) {
  const auto& perm = std::get_if<Transpose>(&args.op)->perm;
  Strides strides{};
  for (int axis = 0; axis < args.dst.shape.rank(); ++axis)
    at(strides, axis) = at(args.src[0].strides, perm[static_cast<std::size_t>(axis)]);
  copy_rows(args, args.dst, strides);
}

void run_broadcast_boxes(const KernelArgs& args) {
  const TensorRef& src = args.src[0];
  const int leading = args.dst.shape.rank() - src.shape.rank();
  Strides strides{};
  for (int axis = 0; axis < src.shape.rank(); ++axis)
    at(strides, axis + leading) = src.shape[axis] == 1 ? 0 : at(src.strides, axis);
  copy_rows(args, args.dst, strides);
}

void run_slice_boxes(const KernelArgs& args) {
  const auto& slice = *std::get_if<Slice>(&args.op);
  Strides strides{};
  std::int64_t offset = 0;
  for (int axis = 0; axis < args.dst.shape.rank(); ++axis) {
    // The step of a single cell leads nowhere and may be of any size.
    const std::int64_t step = at(slice.size, axis) > 1 ? at(slice.step, axis) : 1;
    at(strides, axis) = at(args.src[0].strides, axis) * step;
    offset += at(args.src[0].strides, axis) * at(slice.begin, axis);
  }
  copy_rows(args, args.dst, strides, offset);
}

void run_concat_boxes(const KernelArgs& args) {
  const int axis = std::get_if<Concat>(&args.op)->axis;
  const std::int64_t bytes = size_bytes(args.dst.dtype);
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    const std::int64_t begin = at(box.begin, axis);
    const std::int64_t end = begin + at(box.extent, axis);
    std::int64_t position = 0;
    for (const TensorRef& src : args.src) {
      const std::int64_t first = std::max(begin, position);
      const std::int64_t last = std::min(end, position + src.shape[axis]);
      if (first < last) {
        Box part = box;
        at(part.begin, axis) = first;
        at(part.extent, axis) = last - first;
        LoopNest nest = strided_nest(args.dst, src.strides, part);
        nest.start[1] -= position * at(src.strides, axis);
        copy_nest(nest, args.dst.data, src.data, bytes);
      }
      position += src.shape[axis];
    }
  });
}

// The output as n, y, y in block, x, x in block, c.
void run_depth_to_space_boxes(const KernelArgs& args) {
  const auto& op = *std::get_if<DepthToSpace>(&args.op);
  const Shape& shape = args.dst.shape;
  const Strides& dst = args.dst.strides;
  const Strides& src = args.src[0].strides;
  const std::int64_t b = op.block;
  const bool block_first = op.order == DepthOrder::BlockFirst;
  const std::int64_t cell = block_first ? shape[3] : 1;
  const std::int64_t channel = block_first ? 1 : b * b;
  const TensorRef view = viewed(args.dst, {shape[0], shape[1] / b, b, shape[2] / b, b, shape[3]},
                                {dst[0], dst[1] * b, dst[1], dst[2] * b, dst[2], dst[3]});
  copy_rows(args, view, {src[0], src[1], b * cell, src[2], cell, channel});
}

// The output as n, y, x, y in block, x in block, c; its rows are n, y, x.
void run_space_to_depth_boxes(const KernelArgs& args) {
  const std::int64_t b = std::get_if<SpaceToDepth>(&args.op)->block;
  const std::int64_t channels = args.src[0].shape[3];
  const Shape& shape = args.dst.shape;
  const Strides& dst = args.dst.strides;
  const Strides& src = args.src[0].strides;
  const TensorRef view =
      viewed(args.dst, {shape[0], shape[1], shape[2], b, b, channels},
             {dst[0], dst[1], dst[2], b * channels * dst[3], channels * dst[3], dst[3]});
  const Strides src_strides{src[0], src[1] * b, src[2] * b, src[1], src[2], src[3]};
  const std::int64_t bytes = size_bytes(args.dst.dtype);
  const auto outer = shape.dims().first(3);
  for_each_box(outer, args.row_begin, args.row_end, [&](Box box) {
    box.extent[3] = b;
    box.extent[4] = b;
    box.extent[5] = channels;
    copy_nest(strided_nest(view, src_strides, box), args.dst.data, args.src[0].data, bytes);
  });
}

}  // namespace tilewright::kernels
