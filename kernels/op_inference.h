// SPDX-License-Identifier: Apache-2.0
// One `infer` per op: the checks and the output spec behind `infer_output`. Operand shapes have
// been checked, errors do not name the op: `infer_output` does both.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tilewright/ops.h"
#include "tilewright/status.h"
#include "tilewright/tensor.h"

namespace tilewright::kernels {

using Operands = std::span<const TensorSpec>;

[[nodiscard]] Result<TensorSpec> infer(const Conv2d& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const DepthwiseConv2d& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const ConvTranspose2d& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const FullyConnected& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const MatMul& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Pool2d& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Activate& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Unary& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Binary& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Reduce& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Softmax& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Resize2d& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Transpose& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Reshape& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Broadcast& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Concat& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Slice& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Pad& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Gather& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const DepthToSpace& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const SpaceToDepth& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const LocalResponseNorm& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const Cast& op, Operands src);
[[nodiscard]] Result<TensorSpec> infer(const LayerNorm& op, Operands src);

/// "expected `what`, got `got`".
[[nodiscard]] Error mismatch(std::string_view what, std::string_view got);
[[nodiscard]] Error mismatch(std::string_view what, std::int64_t got);

[[nodiscard]] Status expect_inputs(Operands src, std::size_t count);
/// `name` is the operand's, for the message: "filter of rank 4".
[[nodiscard]] Status expect_rank(const TensorSpec& spec, std::string_view name, int rank);
[[nodiscard]] Status expect_dtype(const TensorSpec& spec, std::string_view name, DType dtype);
[[nodiscard]] Status expect_extent(std::int64_t got, std::string_view name, std::int64_t extent);
/// 0 <= axis < rank.
[[nodiscard]] Status expect_axis(std::int64_t axis, int rank);
[[nodiscard]] Status expect_at_least(std::int64_t got, std::string_view name, std::int64_t least);

/// The shape NumPy's rules give for `a` and `b`.
[[nodiscard]] Result<Shape> broadcast_shapes(const Shape& a, const Shape& b);

/// a * b + c of values that are at least 0; nothing if it is above kMaxElements.
[[nodiscard]] std::optional<std::int64_t> bounded_multiply_add(std::int64_t a, std::int64_t b,
                                                               std::int64_t c);

/// An unnamed spec, its shape checked.
[[nodiscard]] Result<TensorSpec> checked_spec(DType dtype, const Shape& shape);

}  // namespace tilewright::kernels
