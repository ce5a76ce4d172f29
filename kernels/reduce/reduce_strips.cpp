// SPDX-License-Identifier: Apache-2.0
#include "kernels/reduce/reduce_strips.h"

#include "kernels/halide/buffer_view.h"
#include "kernels/loop_nest.h"
#include "kernels/reduce/reduce_variant.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

using Extent = std::array<std::int64_t, 2>;  // extent and stride, as a view wants them

/// Dimensions of one cell count as kept: then the innermost of the others says which kernel fits.
bool reduces(const Reduce& op, const Shape& src, int axis) {
  return ((op.axes >> static_cast<unsigned>(axis)) & 1U) != 0 && src[axis] != 1;
}

int innermost(const Shape& src) {
  int axis = src.rank() - 1;
  while (axis > 0 && src[axis] == 1)
    --axis;
  return axis;
}

bool supports(const Call& call, bool reduces_innermost) {
  if (!is_float_op<Reduce>(call) || !is_small_enough(call)) return false;
  const Shape& src = call.src[0].shape;
  if (src.rank() == 0 || src.elements() == 0) return false;
  const auto& op = *std::get_if<Reduce>(&call.op);
  int reduced = 0;
  for (int axis = 0; axis < src.rank(); ++axis)
    reduced += reduces(op, src, axis) ? 1 : 0;
  return reduced <= 2 && reduces(op, src, innermost(src)) == reduces_innermost;
}

/// The dimensions that one element of the output is made of, the innermost first.
struct ReducedExtents {
  std::array<Extent, 2> extents{{{1, 0}, {1, 0}}};
  std::int64_t count = 1;
};

ReducedExtents reduced_extents(const Reduce& op, const TensorRef& src) {
  ReducedExtents result;
  std::size_t next = 0;
  for (int axis = src.shape.rank() - 1; axis >= 0; --axis) {
    if (!reduces(op, src.shape, axis)) continue;
    result.extents[next++] = {src.shape[axis], at(src.strides, axis)};
    result.count *= src.shape[axis];
  }
  return result;
}

/// The loops over a box of the output, with the strides of the dimensions of src that stay.
LoopNest kept_nest(const KernelArgs& args, const Reduce& op, const Box& box) {
  const TensorRef& src = args.src[0];
  LoopNest nest;
  int dst_axis = 0;
  for (int axis = 0; axis < src.shape.rank(); ++axis) {
    const bool is_reduced = ((op.axes >> static_cast<unsigned>(axis)) & 1U) != 0;
    if (is_reduced) {
      dst_axis += op.keep_dims ? 1 : 0;
      continue;
    }
    const Loop loop{at(box.extent, dst_axis),
                    {at(args.dst.strides, dst_axis), at(src.strides, axis)}};
    nest.start[0] += at(box.begin, dst_axis) * loop.strides[0];
    nest.start[1] += at(box.begin, dst_axis) * loop.strides[1];
    nest.add(loop);
    ++dst_axis;
  }
  return merged(nest);
}

float divisor(const Reduce& op, const ReducedExtents& reduced) {
  return op.kind == ReduceKind::Mean ? static_cast<float>(reduced.count) : 1.0F;
}

/// The functions of a kind for 32 columns and more, for a vector, for 4, and for fewer.
std::array<ReduceColumns, 4> column_functions(const ReduceColumnsVariant& variant,
                                              ReduceKind kind) {
  switch (kind) {
    case ReduceKind::Sum:
    case ReduceKind::Mean:
      return {variant.sum_x32, variant.sum, variant.sum_x4, variant.sum_x1};
    case ReduceKind::Max:
      return {variant.max_x32, variant.max, variant.max_x4, variant.max_x1};
    case ReduceKind::Min:
      return {variant.min_x32, variant.min, variant.min_x4, variant.min_x1};
    case ReduceKind::Prod:
      return {variant.prod_x32, variant.prod, variant.prod_x4, variant.prod_x1};
  }
  return {};
}

/// Which of them takes so many columns.
std::size_t column_width(std::int64_t columns, std::int32_t lanes) {
  if (columns >= 32) return 0;
  if (columns >= lanes) return 1;
  return columns >= 4 ? 2 : 3;
}

ReduceRows row_function(const ReduceRowsVariant& variant, ReduceKind kind) {
  switch (kind) {
    case ReduceKind::Sum:
    case ReduceKind::Mean:
      return variant.sum;
    case ReduceKind::Max:
      return variant.max;
    case ReduceKind::Min:
      return variant.min;
    case ReduceKind::Prod:
      return variant.prod;
  }
  return nullptr;
}

}  // namespace

bool reduce_columns_support(const Call& call, const Kernel&) {
  return supports(call, false);
}

bool reduce_rows_support(const Call& call, const Kernel&) {
  return supports(call, true);
}

void run_reduce_columns(const KernelArgs& args) {
  const auto& op = *std::get_if<Reduce>(&args.op);
  const auto& variant = variant_of<ReduceColumnsVariant>(args.kernel);
  const ReducedExtents reduced = reduced_extents(op, args.src[0]);
  const auto functions = column_functions(variant, op.kind);
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    LoopNest nest = kept_nest(args, op, box);
    if (nest.inner(0).strides[0] != 1 || nest.inner(0).strides[1] != 1) nest.add({1, {1, 1}});
    const Loop columns = nest.inner(0);
    const Loop rows = nest.inner(1);
    const std::size_t width = column_width(columns.extent, variant.lanes);
    for_each_cycle(nest, 2, [&](const Offsets& offsets) {
      BufferView<4> src(args.src[0].as<float>() + offsets[1], {{{columns.extent, 1},
                                                                reduced.extents[0],
                                                                reduced.extents[1],
                                                                {rows.extent, rows.strides[1]}}});
      BufferView<2> dst(args.dst.as<float>() + offsets[0],
                        {{{columns.extent, 1}, {rows.extent, rows.strides[0]}}});
      functions[width](src.get(), divisor(op, reduced), dst.get());
    });
  });
}

void run_reduce_rows(const KernelArgs& args) {
  const auto& op = *std::get_if<Reduce>(&args.op);
  const ReduceRows function = row_function(variant_of<ReduceRowsVariant>(args.kernel), op.kind);
  const ReducedExtents reduced = reduced_extents(op, args.src[0]);
  // Where dimensions of one cell follow, the innermost reduced one need not be dense.
  const bool is_dense = reduced.extents[0][1] == 1;
  const Extent single{1, 1};
  const Extent x = is_dense ? reduced.extents[0] : single;
  const Extent k1 = is_dense ? reduced.extents[1] : reduced.extents[0];
  const Extent k2 = is_dense ? Extent{1, 0} : reduced.extents[1];
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    const LoopNest nest = kept_nest(args, op, box);
    const Loop rows = nest.inner(0);
    for_each_cycle(nest, 1, [&](const Offsets& offsets) {
      BufferView<4> src(args.src[0].as<float>() + offsets[1],
                        {{x, k1, k2, {rows.extent, rows.strides[1]}}});
      BufferView<1> dst(args.dst.as<float>() + offsets[0], {{{rows.extent, rows.strides[0]}}});
      function(src.get(), divisor(op, reduced), dst.get());
    });
  });
}

}  // namespace tilewright::kernels
