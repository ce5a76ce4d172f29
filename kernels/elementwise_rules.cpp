// SPDX-License-Identifier: Apache-2.0
// Ops that compute each output from the same place of their inputs, along an axis, or by a product
// of matrices.
#include <algorithm>
#include <utility>

#include "kernels/op_inference.h"

namespace tilewright::kernels {
namespace {

Result<TensorSpec> same_as_input(Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  return checked_spec(src[0].dtype, src[0].shape);
}

}  // namespace

Result<TensorSpec> infer(const Activate&, Operands src) {
  return same_as_input(src);
}

Result<TensorSpec> infer(const Unary&, Operands src) {
  return same_as_input(src);
}

Result<TensorSpec> infer(const Binary&, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 2));
  TILEWRIGHT_RETURN_IF_ERROR(expect_dtype(src[1], "second input", src[0].dtype));
  TILEWRIGHT_TRY(const Shape shape, broadcast_shapes(src[0].shape, src[1].shape));
  return checked_spec(src[0].dtype, shape);
}

Result<TensorSpec> infer(const Reduce& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  const Shape& x = src[0].shape;
  if (op.axes >> x.rank() != 0) {
    return mismatch("axes below " + std::to_string(x.rank()),
                    "the bits " + std::to_string(op.axes));
  }
  std::array<std::int64_t, kMaxRank> kept{};
  std::size_t rank = 0;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const bool reduced = (op.axes >> axis & 1U) != 0;
    const bool has_least = op.kind == ReduceKind::Max || op.kind == ReduceKind::Min;
    if (reduced && has_least && x[axis] == 0) {
      return mismatch("at least 1 element to reduce", to_string(x));
    }
    if (!reduced) kept[rank++] = x[axis];
    if (reduced && op.keep_dims) kept[rank++] = 1;
  }
  return checked_spec(src[0].dtype, Shape(std::span(kept).first(rank)));
}

Result<TensorSpec> infer(const Softmax& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_axis(op.axis, src[0].shape.rank()));
  return checked_spec(src[0].dtype, src[0].shape);
}

Result<TensorSpec> infer(const LocalResponseNorm& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(src[0].shape.rank(), "input rank", 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(op.size, "a window", 1));
  return checked_spec(src[0].dtype, src[0].shape);
}

Result<TensorSpec> infer(const LayerNorm&, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 3));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(src[0].shape.rank(), "input rank", 1));
  const std::int64_t channels = src[0].shape.last();
  for (const auto& [i, name] : {std::pair(1, "scale"), std::pair(2, "bias")}) {
    const TensorSpec& spec = src[static_cast<std::size_t>(i)];
    TILEWRIGHT_RETURN_IF_ERROR(expect_rank(spec, name, 1));
    TILEWRIGHT_RETURN_IF_ERROR(expect_dtype(spec, name, src[0].dtype));
    TILEWRIGHT_RETURN_IF_ERROR(
        expect_extent(spec.shape[0], "numbers of " + std::string(name), channels));
  }
  return checked_spec(src[0].dtype, src[0].shape);
}

Result<TensorSpec> infer(const Cast& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  return checked_spec(op.dtype, src[0].shape);
}

Result<TensorSpec> infer(const MatMul& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 2));
  TILEWRIGHT_RETURN_IF_ERROR(expect_dtype(src[1], "second input", src[0].dtype));
  const Shape& a = src[0].shape;
  const Shape& b = src[1].shape;
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(std::min(a.rank(), b.rank()), "matrices of rank", 2));
  const std::int64_t m = a[a.rank() - (op.transpose_a ? 1 : 2)];
  const std::int64_t k = a[a.rank() - (op.transpose_a ? 2 : 1)];
  const std::int64_t n = b[b.rank() - (op.transpose_b ? 2 : 1)];
  const std::int64_t b_depth = b[b.rank() - (op.transpose_b ? 1 : 2)];
  TILEWRIGHT_RETURN_IF_ERROR(expect_extent(b_depth, "elements to sum over", k));
  const auto batch = [](const Shape& shape) {
    return Shape(shape.dims().first(static_cast<std::size_t>(shape.rank() - 2)));
  };
  TILEWRIGHT_TRY(const Shape batches, broadcast_shapes(batch(a), batch(b)));
  std::array<std::int64_t, kMaxRank> dims{};
  const auto rank = static_cast<std::size_t>(batches.rank());
  std::copy(batches.dims().begin(), batches.dims().end(), dims.begin());
  dims[rank] = m;
  dims[rank + 1] = n;
  return checked_spec(src[0].dtype, Shape(std::span(dims).first(rank + 2)));
}

}  // namespace tilewright::kernels
