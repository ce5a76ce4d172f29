// SPDX-License-Identifier: Apache-2.0
// PAD, PADV2 and MIRROR_PAD.
#include <limits>

#include "lib/import/tflite_ops.h"

namespace tilewright::importer::tflite {
namespace {

/// Cells before and after each dimension: an operand of rank x 2.
Result<Pad> read_paddings(const OperatorReader& op, ValueId x) {
  const int rank = op.shape(x).rank();
  const Shape expected{rank, 2};
  if (op.shape(op.input(1)) != expected) {
    return op.misfit("paddings: expected a shape of " + to_string(expected) + ", got " +
                     to_string(op.shape(op.input(1))));
  }
  TILEWRIGHT_TRY(const auto cells, op.integers(1, "paddings"));
  Pad pad;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] < 0 || cells[i] > kMaxElements) {
      return op.invalid("paddings: expected at least 0, got " + std::to_string(cells[i]));
    }
    (i % 2 == 0 ? pad.before : pad.after)[i / 2] = cells[i];
  }
  return pad;
}

/// One number of a constant as a real: quantised ones are scaled.
Result<float> read_value(const OperatorReader& op, ValueId id) {
  const graph::Graph& graph = op.state().builder.graph();
  const TensorSpec& spec = op.spec(id);
  if (spec.shape.elements() != 1) {
    return op.invalid("constant_values: expected 1 element, got " + to_string(spec.shape));
  }
  if (!op.is_constant(id)) {
    return op.unsupported(
        "constant_values: expected a constant, got a tensor computed at run "
        "time");
  }
  if (spec.dtype == DType::Float32) return graph::constant_elements<float>(graph, id)[0];
  std::int64_t stored = 0;
  if (spec.dtype == DType::Int8) {
    stored = graph::constant_elements<std::int8_t>(graph, id)[0];
  } else if (spec.dtype == DType::UInt8) {
    stored = graph::constant_elements<std::uint8_t>(graph, id)[0];
  } else if (spec.dtype == DType::Int32) {
    stored = graph::constant_elements<std::int32_t>(graph, id)[0];
  } else {
    return op.unsupported("constant_values of " + std::string(to_string(spec.dtype)));
  }
  const Quantization& quantization = spec.quantization;
  if (quantization.scales.empty()) return static_cast<float>(stored);
  return quantization.scales[0] * static_cast<float>(stored - quantization.zero_points[0]);
}

}  // namespace

/// The value is a real number: 0 is the zero point of quantised tensors.
Status import_pad(OperatorReader& op) {
  const ValueId x = op.input(0);
  TILEWRIGHT_TRY(Pad pad, read_paddings(op, x));
  if (op.has_input(2)) {
    TILEWRIGHT_TRY(pad.value, read_value(op, op.input(2)));
  }
  return op.finish(pad, {x});
}

Status import_mirror_pad(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::MirrorPadOptions>());
  if (options->mode() == schema::MirrorPadMode::SYMMETRIC) {
    return op.unsupported("mode: expected 0 (REFLECT), got 1 (SYMMETRIC)");
  }
  if (options->mode() != schema::MirrorPadMode::REFLECT) {
    return op.invalid("mode: expected 0 (REFLECT) or 1 (SYMMETRIC), got " +
                      std::to_string(static_cast<int>(options->mode())));
  }
  TILEWRIGHT_TRY(Pad pad, read_paddings(op, op.input(0)));
  pad.mode = PadMode::Reflect;
  return op.finish(pad, {op.input(0)});
}

}  // namespace tilewright::importer::tflite
