// SPDX-License-Identifier: Apache-2.0
// FULLY_CONNECTED and BATCH_MATMUL.
#include <utility>

#include "lib/import/tflite_convolution.h"
#include "lib/import/tflite_ops.h"
#include "lib/import/tflite_window.h"

namespace tilewright::importer::tflite {
namespace {

/// x as the rows of a matrix: all but the last dimension are kept, or become one if the file does
/// not ask to keep them.
Result<ValueId> rows_of(OperatorReader& op, ValueId x, std::int64_t depth, bool keeps_dims) {
  const Shape shape = op.shape(x);
  const std::int64_t elements = shape.elements();
  const bool fits = keeps_dims ? shape.rank() > 0 && shape.last() == depth : elements % depth == 0;
  if (!fits) {
    return op.misfit("expected an input of rows of " + std::to_string(depth) + ", got " +
                     to_string(shape));
  }
  if (keeps_dims || (shape.rank() == 2 && shape[1] == depth)) return x;
  return op.step("rows", Reshape{Shape{elements / depth, depth}}, {x});
}

Status expect_matrix(const OperatorReader& op, ValueId weights) {
  const Shape& shape = op.shape(weights);
  if (shape.rank() == 2 && shape.elements() > 0) return ok();
  return op.misfit("expected weights of outputs x inputs, got " + to_string(shape));
}

/// Weights that are computed at run time: a product of two tensors, then bias and activation.
Status import_product(OperatorReader& op, ValueId x, ValueId weights,
                      const Activation& activation) {
  const MatMul matmul{.transpose_b = true};
  if (!op.has_input(2)) {
    if (activation.kind == ActivationKind::None) return op.finish(matmul, {x, weights});
    TILEWRIGHT_TRY(const ValueId product, op.step("matmul", matmul, {x, weights}));
    return op.finish(Activate{activation}, {product});
  }
  if (op.spec(x).dtype != op.spec(op.input(2)).dtype) {
    return op.unsupported(
        "expected quantised weights that are a constant, got a tensor computed "
        "at run time");
  }
  TILEWRIGHT_TRY(const ValueId product, op.step("matmul", matmul, {x, weights}));
  return op.finish(Binary{.kind = BinaryKind::Add, .activation = activation},
                   {product, op.input(2)});
}

}  // namespace

Status import_fully_connected(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::FullyConnectedOptions>());
  if (options->weights_format() != schema::FullyConnectedOptionsWeightsFormat::DEFAULT) {
    return op.unsupported("weights_format: expected 0 (DEFAULT), got " +
                          std::to_string(static_cast<int>(options->weights_format())));
  }
  TILEWRIGHT_TRY(const Activation activation,
                 read_activation(op, options->fused_activation_function()));
  TILEWRIGHT_RETURN_IF_ERROR(expect_matrix(op, op.input(1)));
  const Shape matrix = op.shape(op.input(1));
  TILEWRIGHT_TRY(const ValueId x, rows_of(op, op.input(0), matrix[1], options->keep_num_dims()));
  if (!op.is_constant(op.input(1))) return import_product(op, x, op.input(1), activation);
  TILEWRIGHT_TRY(const ValueId weights, read_weights(op, x, op.input(1)));
  TILEWRIGHT_TRY(const ValueId bias, read_bias(op, 2, x, matrix[0]));
  return op.finish(FullyConnected{.activation = activation}, {x, weights, bias});
}

Status import_batch_matmul(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::BatchMatMulOptions>());
  const ValueId a = op.input(0);
  const ValueId b = op.input(1);
  if (op.spec(a).dtype != op.spec(b).dtype) {
    return op.unsupported("expected operands of one type, got " +
                          std::string(to_string(op.spec(a).dtype)) + " and " +
                          to_string(op.spec(b).dtype));
  }
  return op.finish(MatMul{.transpose_a = options->adj_x(), .transpose_b = options->adj_y()},
                   {a, b});
}

}  // namespace tilewright::importer::tflite
