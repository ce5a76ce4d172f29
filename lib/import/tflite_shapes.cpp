// SPDX-License-Identifier: Apache-2.0
// Operators that change or ask for shapes, and reductions over axes.
#include "lib/import/tflite_axes.h"
#include "lib/import/tflite_folding.h"
#include "lib/import/tflite_ops.h"

namespace tilewright::importer::tflite {
namespace {

std::vector<std::int64_t> widened(std::span<const std::int32_t> numbers) {
  return {numbers.begin(), numbers.end()};
}

/// The shape an operand gives, else the one of the options table.
Result<std::vector<std::int64_t>> reshape_target(const OperatorReader& op) {
  if (op.has_input(1)) return op.integers(1, "shape");
  TILEWRIGHT_TRY(const auto* options, op.options<schema::ReshapeOptions>());
  return widened(elements_of(options->new_shape()));
}

std::optional<ReduceKind> reduce_kind(schema::BuiltinOperator op) {
  using enum schema::BuiltinOperator;
  if (op == MEAN) return ReduceKind::Mean;
  if (op == SUM) return ReduceKind::Sum;
  if (op == REDUCE_MAX) return ReduceKind::Max;
  if (op == REDUCE_MIN) return ReduceKind::Min;
  if (op == REDUCE_PROD) return ReduceKind::Prod;
  return std::nullopt;
}

}  // namespace

Status import_reshape(OperatorReader& op) {
  const ValueId x = op.input(0);
  TILEWRIGHT_TRY(const auto target, reshape_target(op));
  TILEWRIGHT_TRY(const Shape shape, read_target_shape(op, target, op.shape(x).elements()));
  return op.finish(Reshape{shape}, {x});
}

Status import_squeeze(OperatorReader& op) {
  const ValueId x = op.input(0);
  const Shape shape = op.shape(x);
  std::vector<std::int64_t> dims;
  if (op.has_options()) {
    TILEWRIGHT_TRY(const auto* options, op.options<schema::SqueezeOptions>());
    dims = widened(elements_of(options->squeeze_dims()));
  }
  TILEWRIGHT_TRY(std::uint32_t axes, read_axes(op, "squeeze_dims", dims, shape.rank()));
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const std::uint32_t bit = std::uint32_t{1} << axis;
    if (dims.empty() && shape[axis] == 1) axes |= bit;
    if ((axes & bit) == 0 || shape[axis] == 1) continue;
    return op.misfit("squeeze_dims: expected dimensions of extent 1, got dimension " +
                     std::to_string(axis) + " of " + to_string(shape));
  }
  return op.finish(Reshape{without_axes(shape, axes)}, {x});
}

Status import_expand_dims(OperatorReader& op) {
  const ValueId x = op.input(0);
  const int rank = op.shape(x).rank();
  TILEWRIGHT_TRY(const auto axes, op.integers(1, "axis", 1));
  if (rank == kMaxRank) {
    return op.unsupported("expected at most " + std::to_string(kMaxRank) +
                          " dimensions, got one more");
  }
  TILEWRIGHT_TRY(const int axis, read_axis(op, "axis", axes[0], rank + 1));
  return op.finish(Reshape{with_axis(op.shape(x), axis)}, {x});
}

Status import_shape(OperatorReader& op) {
  const StoredTensor& output = op.output(0);
  if (output.spec.dtype != DType::Int32 && output.spec.dtype != DType::Int64) {
    return op.invalid("expected an output of int32 or int64, got " +
                      std::string(to_string(output.spec.dtype)));
  }
  const Shape& shape = op.shape(op.input(0));
  const Tensor dims = from_integers(output.spec.dtype, {shape.rank()}, shape.dims());
  return op.bind(op.state().builder.constant(TensorSpec{.name = output.spec.name,
                                                        .dtype = output.spec.dtype,
                                                        .shape = {shape.rank()},
                                                        .quantization = {}},
                                             dims.bytes));
}

Status import_broadcast_to(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto extents, op.integers(1, "shape"));
  for (const std::int64_t extent : extents) {
    if (extent >= 0) continue;
    return op.invalid("shape: expected extents of at least 0, got " + std::to_string(extent));
  }
  TILEWRIGHT_TRY(const Shape shape, read_target_shape(op, extents, 0));
  return op.finish(Broadcast{shape}, {op.input(0)});
}

Status import_reduce(OperatorReader& op) {
  const auto kind = reduce_kind(op.kind());
  TILEWRIGHT_CHECK(kind.has_value());  // the operator table names this function for these only
  const ValueId x = op.input(0);
  TILEWRIGHT_TRY(const auto dims, op.integers(1, "axes"));
  TILEWRIGHT_TRY(const std::uint32_t axes, read_axes(op, "axes", dims, op.shape(x).rank()));
  bool keep_dims = false;
  if (op.has_options()) {
    TILEWRIGHT_TRY(const auto* options, op.options<schema::ReducerOptions>());
    keep_dims = options->keep_dims();
  }
  return op.finish(Reduce{.kind = *kind, .axes = axes, .keep_dims = keep_dims}, {x});
}

}  // namespace tilewright::importer::tflite
