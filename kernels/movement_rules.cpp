// SPDX-License-Identifier: Apache-2.0
// Ops that move elements and compute nothing.
#include <algorithm>

#include "kernels/op_inference.h"

namespace tilewright::kernels {

Result<TensorSpec> infer(const Transpose& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  const Shape& x = src[0].shape;
  Shape shape = x;
  std::uint32_t seen = 0;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const int from = op.perm[static_cast<std::size_t>(axis)];
    TILEWRIGHT_RETURN_IF_ERROR(expect_axis(from, x.rank()));
    if ((seen >> from & 1U) != 0)
      return mismatch("each axis once", std::to_string(from) + " twice");
    seen |= 1U << from;
    shape[axis] = x[from];
  }
  return checked_spec(src[0].dtype, shape);
}

Result<TensorSpec> infer(const Reshape& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  TILEWRIGHT_RETURN_IF_ERROR(check_shape(op.shape));
  if (op.shape.elements() != src[0].shape.elements()) {
    return mismatch("a shape of as many elements as " + to_string(src[0].shape),
                    to_string(op.shape));
  }
  return checked_spec(src[0].dtype, op.shape);
}

Result<TensorSpec> infer(const Broadcast& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  TILEWRIGHT_RETURN_IF_ERROR(check_shape(op.shape));
  TILEWRIGHT_TRY(const Shape shape, broadcast_shapes(src[0].shape, op.shape));
  if (shape != op.shape) {
    return mismatch("an input that broadcasts to " + to_string(op.shape), to_string(src[0].shape));
  }
  return checked_spec(src[0].dtype, shape);
}

Result<TensorSpec> infer(const Concat& op, Operands src) {
  if (src.empty()) return mismatch("at least 1 input", std::int64_t{0});
  Shape shape = src[0].shape;
  TILEWRIGHT_RETURN_IF_ERROR(expect_axis(op.axis, shape.rank()));
  for (const TensorSpec& spec : src.subspan(1)) {
    TILEWRIGHT_RETURN_IF_ERROR(expect_dtype(spec, "inputs", src[0].dtype));
    TILEWRIGHT_RETURN_IF_ERROR(expect_rank(spec, "inputs", shape.rank()));
    Shape same_extent = spec.shape;
    same_extent[op.axis] = src[0].shape[op.axis];
    if (same_extent != src[0].shape) {
      return mismatch("inputs that differ from " + to_string(src[0].shape) + " on axis " +
                          std::to_string(op.axis) + " only",
                      to_string(spec.shape));
    }
    const auto extent = bounded_multiply_add(shape[op.axis], 1, spec.shape[op.axis]);
    if (!extent) return mismatch("at most " + std::to_string(kMaxElements) + " elements", "more");
    shape[op.axis] = *extent;
  }
  return checked_spec(src[0].dtype, shape);
}

Result<TensorSpec> infer(const Slice& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  Shape shape = src[0].shape;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t extent = shape[axis];
    const std::int64_t begin = op.begin[i];
    const std::int64_t step = op.step[i];
    TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(op.size[i], "a size", 0));
    if (step == 0) return mismatch("steps other than 0", std::int64_t{0});
    shape[axis] = op.size[i];
    if (op.size[i] == 0) continue;
    if (begin < 0 || begin >= extent) {
      return mismatch("a begin from 0 to below " + std::to_string(extent), begin);
    }
    const std::int64_t steps = op.size[i] - 1;
    const std::int64_t room = step > 0 ? extent - 1 - begin : begin;
    const bool fits = steps == 0 || (step > 0 ? steps <= room / step : -(room / steps) <= step);
    if (!fits) {
      return mismatch("a slice within the extent " + std::to_string(extent),
                      std::to_string(op.size[i]) + " elements from " + std::to_string(begin) +
                          " in steps of " + std::to_string(step));
    }
  }
  return checked_spec(src[0].dtype, shape);
}

Result<TensorSpec> infer(const Pad& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  Shape shape = src[0].shape;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t most = std::max(op.before[i], op.after[i]);
    TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(std::min(op.before[i], op.after[i]), "padding", 0));
    if (op.mode != PadMode::Constant && most > 0) {
      TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(shape[axis], "an extent to copy from", 1));
    }
    if (op.mode == PadMode::Reflect && most > 0 && most >= shape[axis]) {
      return mismatch("reflected padding below the extent " + std::to_string(shape[axis]), most);
    }
    if (most > kMaxElements) {
      return mismatch("padding of at most " + std::to_string(kMaxElements), most);
    }
    shape[axis] += op.before[i] + op.after[i];
  }
  return checked_spec(src[0].dtype, shape);
}

Result<TensorSpec> infer(const Gather& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 2));
  const Shape& x = src[0].shape;
  const Shape& indices = src[1].shape;
  TILEWRIGHT_RETURN_IF_ERROR(expect_axis(op.axis, x.rank()));
  if (src[1].dtype != DType::Int32 && src[1].dtype != DType::Int64) {
    return mismatch("indices of int32 or int64", to_string(src[1].dtype));
  }
  const int rank = x.rank() - 1 + indices.rank();
  if (rank > kMaxRank) {
    return mismatch("an output rank of at most " + std::to_string(kMaxRank), rank);
  }
  std::array<std::int64_t, kMaxRank> dims{};
  auto next = dims.begin();
  const auto append = [&](std::span<const std::int64_t> extents) {
    next = std::copy(extents.begin(), extents.end(), next);
  };
  append(x.dims().first(static_cast<std::size_t>(op.axis)));
  append(indices.dims());
  append(x.dims().subspan(static_cast<std::size_t>(op.axis) + 1));
  return checked_spec(src[0].dtype, Shape(std::span(dims).first(static_cast<std::size_t>(rank))));
}

Result<TensorSpec> infer(const DepthToSpace& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank(src[0], "input", 4));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(op.block, "a block", 1));
  const Shape& x = src[0].shape;
  const std::int64_t block = op.block;
  if (x[3] % (block * block) != 0) {
    return mismatch("input channels that are a multiple of " + std::to_string(block * block), x[3]);
  }
  const auto out_h = bounded_multiply_add(x[1], block, 0);
  const auto out_w = bounded_multiply_add(x[2], block, 0);
  if (!out_h || !out_w) {
    return mismatch("at most " + std::to_string(kMaxElements) + " elements", "more");
  }
  return checked_spec(src[0].dtype, {x[0], *out_h, *out_w, x[3] / (block * block)});
}

Result<TensorSpec> infer(const SpaceToDepth& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank(src[0], "input", 4));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(op.block, "a block", 1));
  const Shape& x = src[0].shape;
  const std::int64_t block = op.block;
  if (x[1] % block != 0 || x[2] % block != 0) {
    return mismatch("rows and columns that are multiples of " + std::to_string(block),
                    to_string(x));
  }
  const auto channels = bounded_multiply_add(x[3], block * block, 0);
  if (!channels) {
    return mismatch("at most " + std::to_string(kMaxElements) + " elements", "more");
  }
  return checked_spec(src[0].dtype, {x[0], x[1] / block, x[2] / block, *channels});
}

}  // namespace tilewright::kernels
