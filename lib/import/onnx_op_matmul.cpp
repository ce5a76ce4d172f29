// SPDX-License-Identifier: Apache-2.0
// Products of matrices. One with constant weights is a FullyConnected, whose weights are n, k.
#include <algorithm>
#include <utility>
#include <vector>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

struct GemmFactors {
  float alpha = 1, beta = 1;
  bool transpose_a = false, transpose_b = false;
};

Result<GemmFactors> read_factors(const NodeImport& node) {
  GemmFactors factors;
  TILEWRIGHT_TRY(factors.alpha, node.real("alpha", 1));
  TILEWRIGHT_TRY(factors.beta, node.real("beta", 1));
  TILEWRIGHT_TRY(factors.transpose_a, node.flag("transA", false));
  TILEWRIGHT_TRY(factors.transpose_b, node.flag("transB", false));
  return factors;
}

Result<Operand> scaled(NodeImport& node, const Operand& x, float factor, std::string_view part) {
  if (factor == 1) return x;
  const Operand scalar = node.make_scalar(x.dtype, factor, "factor");
  return node.emit(Binary{BinaryKind::Mul}, {x, scalar}, part);
}

Result<Operand> zero_bias(NodeImport& node, DType dtype, std::int64_t count) {
  const std::int64_t bytes = count * size_bytes(dtype);
  TILEWRIGHT_RETURN_IF_ERROR(node.reserve(bytes));
  std::vector<std::byte> zeros(static_cast<std::size_t>(bytes));
  return node.make_constant(make_tensor(dtype, {count}, std::move(zeros)), "bias");
}

Status check_shared_extent(const NodeImport& node, const Shape& a, const Shape& b, std::int64_t ka,
                           std::int64_t kb) {
  if (ka == kb) return ok();
  return node.invalid("expected matrices that share an extent, got " + to_string(a) + " and " +
                      to_string(b));
}

/// Whether C can be the bias of a layer with `n` outputs: constant, and the same for every row.
bool is_bias(const Operand& c, std::int64_t n) {
  if (!c.constant || c.shape.rank() > 2) return false;
  const bool one_row = c.shape.rank() < 2 || c.shape[0] == 1;
  return one_row && (c.shape.last() == n || c.shape.last() == 1);
}

/// beta * C as n elements.
Result<Operand> gemm_bias(NodeImport& node, float beta, std::int64_t n) {
  TILEWRIGHT_TRY(const Operand c, scaled(node, node.input(2), beta, "bias"));
  TILEWRIGHT_TRY(const Operand row, node.emit(Reshape{{c.shape.last()}}, {c}, "bias"));
  if (row.shape == Shape{n}) return row;
  return node.emit(Broadcast{{n}}, {row}, "bias");
}

Result<Operand> gemm_layer(NodeImport& node, const GemmFactors& factors, std::int64_t n,
                           bool fold_bias) {
  Operand a = node.input(0);
  if (factors.transpose_a) {
    TILEWRIGHT_TRY(a, node.emit(Transpose{{1, 0}}, {a}, "a"));
  }
  TILEWRIGHT_TRY(Operand weights, scaled(node, node.input(1), factors.alpha, "weights"));
  if (!factors.transpose_b) {
    TILEWRIGHT_TRY(weights, node.emit(Transpose{{1, 0}}, {weights}, "weights"));
  }
  TILEWRIGHT_TRY(const Operand bias,
                 fold_bias ? gemm_bias(node, factors.beta, n) : zero_bias(node, a.dtype, n));
  return node.emit(FullyConnected{}, {a, weights, bias});
}

Result<Operand> gemm_product(NodeImport& node, const GemmFactors& factors) {
  const MatMul op{.transpose_a = factors.transpose_a, .transpose_b = factors.transpose_b};
  TILEWRIGHT_TRY(const Operand product, node.emit(op, {node.input(0), node.input(1)}));
  return scaled(node, product, factors.alpha, "alpha");
}

/// A vector as a matrix of one row or one column.
Result<Operand> as_matrix(NodeImport& node, const Operand& x, bool row) {
  if (x.shape.rank() != 1) return x;
  const Shape shape = row ? Shape{1, x.shape[0]} : Shape{x.shape[0], 1};
  return node.emit(Reshape{shape}, {x}, row ? "row" : "column");
}

/// The product's shape without the dimensions that `as_matrix` added.
Shape without_added(const Shape& product, bool row_added, bool column_added) {
  std::vector<std::int64_t> dims(product.dims().begin(), product.dims().end());
  if (row_added) dims.erase(dims.end() - 2);
  if (column_added) dims.pop_back();
  return Shape(dims);
}

}  // namespace

Result<Outputs> import_gemm(NodeImport& node) {
  const Shape& a = node.input(0).shape;
  const Shape& b = node.input(1).shape;
  if (a.rank() != 2 || b.rank() != 2) {
    return node.invalid("expected two matrices, got " + to_string(a) + " and " + to_string(b));
  }
  TILEWRIGHT_TRY(const GemmFactors factors, read_factors(node));
  TILEWRIGHT_RETURN_IF_ERROR(check_shared_extent(node, a, b, a[factors.transpose_a ? 0 : 1],
                                                 b[factors.transpose_b ? 1 : 0]));
  const std::int64_t n = b[factors.transpose_b ? 0 : 1];
  const bool layer = node.input(1).constant.has_value();
  const bool fold_bias = layer && node.has_input(2) && is_bias(node.input(2), n);
  TILEWRIGHT_TRY(const Operand product,
                 layer ? gemm_layer(node, factors, n, fold_bias) : gemm_product(node, factors));
  if (!node.has_input(2) || fold_bias) return one(product);
  TILEWRIGHT_TRY(const Operand c, scaled(node, node.input(2), factors.beta, "beta"));
  return one(node.emit(Binary{BinaryKind::Add}, {product, c}, "add"));
}

Result<Outputs> import_matmul(NodeImport& node) {
  const Shape& a = node.input(0).shape;
  const Shape& b = node.input(1).shape;
  if (a.rank() == 0 || b.rank() == 0) {
    return node.invalid("expected operands of at least 1 dimension, got " + to_string(a) + " and " +
                        to_string(b));
  }
  TILEWRIGHT_RETURN_IF_ERROR(
      check_shared_extent(node, a, b, a.last(), b[std::max(b.rank() - 2, 0)]));
  TILEWRIGHT_TRY(const Operand left, as_matrix(node, node.input(0), true));
  TILEWRIGHT_TRY(const Operand right, as_matrix(node, node.input(1), false));
  Operand product;
  if (right.constant && right.shape.rank() == 2) {
    TILEWRIGHT_TRY(const Operand weights, node.emit(Transpose{{1, 0}}, {right}, "weights"));
    TILEWRIGHT_TRY(const Operand bias, zero_bias(node, left.dtype, right.shape[1]));
    TILEWRIGHT_TRY(product, node.emit(FullyConnected{}, {left, weights, bias}));
  } else {
    TILEWRIGHT_TRY(product, node.emit(MatMul{}, {left, right}));
  }
  if (a.rank() > 1 && b.rank() > 1) return one(product);
  const Shape shape = without_added(product.shape, a.rank() == 1, b.rank() == 1);
  return one(node.emit(Reshape{shape}, {product}, "vector"));
}

}  // namespace tilewright::importer::onnx
