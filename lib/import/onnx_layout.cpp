// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_layout.h"

#include <utility>
#include <vector>

namespace tilewright::importer::onnx {
namespace {

constexpr int kSequenceRank = 3;
constexpr int kImageRank = 4;

}  // namespace

Result<Operand> to_channels_last(NodeImport& node, const Operand& x) {
  const int rank = x.shape.rank();
  if (rank < 3) return x;
  Transpose op;
  for (int i = 1; i < rank - 1; ++i)
    op.perm[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i + 1);
  op.perm[static_cast<std::size_t>(rank - 1)] = 1;
  return node.emit(op, {x}, "to_nhwc");
}

Result<Operand> to_channels_first(NodeImport& node, const Operand& x) {
  const int rank = x.shape.rank();
  if (rank < 3) return x;
  Transpose op;
  op.perm[1] = static_cast<std::int8_t>(rank - 1);
  for (int i = 2; i < rank; ++i)
    op.perm[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i - 1);
  return node.emit(op, {x}, "to_nchw");
}

Result<Operand> as_image(NodeImport& node, const Operand& x) {
  const Shape& shape = x.shape;
  if (shape.rank() == kImageRank) return x;
  if (shape.rank() == kSequenceRank) {
    return node.emit(Reshape{{shape[0], shape[1], 1, shape[2]}}, {x}, "as_image");
  }
  const std::string what = "expected 1 or 2 spatial dimensions, got shape " + to_string(shape);
  if (shape.rank() < kSequenceRank) return node.invalid(what);
  return node.unsupported(what);
}

Result<Operand> from_image(NodeImport& node, const Operand& x, int rank) {
  if (rank != kSequenceRank) return x;
  return node.emit(Reshape{{x.shape[0], x.shape[1], x.shape[3]}}, {x}, "as_sequence");
}

Result<Operand> emit_channels_last(NodeImport& node, Op op, const Operand& x,
                                   const std::vector<Operand>& rest) {
  TILEWRIGHT_TRY(const Operand src, to_channels_last(node, x));
  std::vector<Operand> operands = {src};
  operands.insert(operands.end(), rest.begin(), rest.end());
  TILEWRIGHT_TRY(const Operand dst, node.emit(std::move(op), operands));
  return to_channels_first(node, dst);
}

}  // namespace tilewright::importer::onnx
