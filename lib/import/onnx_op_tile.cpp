// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <utility>
#include <vector>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

constexpr std::int64_t kMaxTiledExtent = std::numeric_limits<std::int32_t>::max();

/// x with dimension `axis` `times` times as long: the dimensions from it on as one, repeated.
Result<Operand> repeated(NodeImport& node, const Operand& x, int axis, std::int64_t times) {
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (int i = 0; i < x.shape.rank(); ++i)
    (i < axis ? outer : inner) *= x.shape[i];
  std::vector<std::int64_t> dims(x.shape.dims().begin(), x.shape.dims().end());
  dims[static_cast<std::size_t>(axis)] *= times;
  const std::string part = "axis" + std::to_string(axis);
  TILEWRIGHT_TRY(const Operand rows, node.emit(Reshape{{outer, 1, inner}}, {x}, part + "_rows"));
  TILEWRIGHT_TRY(const Operand copies,
                 node.emit(Broadcast{{outer, times, inner}}, {rows}, part + "_copies"));
  return node.emit(Reshape{Shape(dims)}, {copies}, part);
}

}  // namespace

Result<Outputs> import_tile(NodeImport& node) {
  Operand result = node.input(0);
  const int rank = result.shape.rank();
  TILEWRIGHT_TRY(const std::vector<std::int64_t> times, node.constant_integers(1, "repeats"));
  if (std::ssize(times) != rank) {
    return node.invalid("'repeats': expected one for each of " + std::to_string(rank) +
                        " dimensions, got " + std::to_string(times.size()));
  }
  for (int axis = 0; axis < rank; ++axis) {
    const std::int64_t count = times[static_cast<std::size_t>(axis)];
    const std::int64_t extent = result.shape[axis];
    if (count < 0 || (extent > 0 && count > kMaxTiledExtent / extent)) {
      return node.invalid("'repeats': expected from 0 to " + std::to_string(kMaxTiledExtent) +
                          " elements in dimension " + std::to_string(axis) + ", got " +
                          std::to_string(count) + " times " + std::to_string(extent));
    }
    if (count == 1) continue;
    TILEWRIGHT_TRY(result, repeated(node, result, axis, count));
  }
  return one(result);
}

}  // namespace tilewright::importer::onnx
