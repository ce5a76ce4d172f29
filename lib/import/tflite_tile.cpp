// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "lib/import/tflite_ops.h"

namespace tilewright::importer::tflite {
namespace {

constexpr std::int64_t kMaxExtent = std::numeric_limits<std::int32_t>::max();

/// x with dimension `axis` `times` times as long: the dimensions from it on as one, repeated.
Result<ValueId> repeated(OperatorReader& op, ValueId x, int axis, std::int64_t times) {
  Shape shape = op.shape(x);
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (int i = 0; i < shape.rank(); ++i)
    (i < axis ? outer : inner) *= shape[i];
  shape[axis] *= times;
  TILEWRIGHT_TRY(const ValueId rows, op.step("rows", Reshape{{outer, 1, inner}}, {x}));
  TILEWRIGHT_TRY(const ValueId copies, op.step("copies", Broadcast{{outer, times, inner}}, {rows}));
  return op.step("tiled", Reshape{shape}, {copies});
}

}  // namespace

Status import_tile(OperatorReader& op) {
  ValueId result = op.input(0);
  const int rank = op.shape(result).rank();
  TILEWRIGHT_TRY(const auto times, op.integers(1, "multiples", rank));
  for (int axis = 0; axis < rank; ++axis) {
    const std::int64_t count = times[static_cast<std::size_t>(axis)];
    const std::int64_t extent = op.shape(result)[axis];
    if (count < 0 || (extent > 0 && count > kMaxExtent / extent)) {
      return op.invalid("multiples: expected from 0 to " + std::to_string(kMaxExtent) +
                        " elements in dimension " + std::to_string(axis) + ", got " +
                        std::to_string(count) + " times " + std::to_string(extent));
    }
    if (count == 1) continue;
    TILEWRIGHT_TRY(result, repeated(op, result, axis, count));
  }
  return op.finish(Reshape{op.shape(result)}, {result});
}

}  // namespace tilewright::importer::tflite
