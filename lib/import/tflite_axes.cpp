// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_axes.h"

#include <algorithm>
#include <vector>

namespace tilewright::importer::tflite {

Result<int> read_axis(const OperatorReader& op, std::string_view role, std::int64_t axis,
                      int rank) {
  if (axis >= -rank && axis < rank) return static_cast<int>(axis < 0 ? axis + rank : axis);
  return op.invalid(std::string(role) + ": expected from " + std::to_string(-rank) + " to below " +
                    std::to_string(rank) + ", got " + std::to_string(axis));
}

Result<std::uint32_t> read_axes(const OperatorReader& op, std::string_view role,
                                std::span<const std::int64_t> axes, int rank) {
  std::uint32_t bits = 0;
  for (const std::int64_t axis : axes) {
    TILEWRIGHT_TRY(const int position, read_axis(op, role, axis, rank));
    bits |= std::uint32_t{1} << position;
  }
  return bits;
}

Result<Shape> read_target_shape(const OperatorReader& op, std::span<const std::int64_t> extents,
                                std::int64_t elements) {
  if (extents.size() > static_cast<std::size_t>(kMaxRank)) {
    return op.invalid("shape: expected at most " + std::to_string(kMaxRank) + " dimensions, got " +
                      std::to_string(extents.size()));
  }
  if (std::count(extents.begin(), extents.end(), -1) > 1) {
    return op.invalid("shape: expected at most one -1, got more");
  }
  Shape shape{extents};
  const auto unknown = std::find(extents.begin(), extents.end(), -1);
  const int axis = static_cast<int>(unknown - extents.begin());
  if (unknown != extents.end()) shape[axis] = 1;
  if (const Status status = check_shape(shape); !status) {
    return op.invalid(status.error().message);
  }
  if (unknown == extents.end()) return shape;
  const std::int64_t known = shape.elements();
  if (known == 0 || elements % known != 0) {
    return op.misfit("shape: expected known extents that divide " + std::to_string(elements) +
                     " elements, got " + to_string(shape) + " with one left open");
  }
  shape[axis] = elements / known;
  return shape;
}

Shape without_axes(const Shape& shape, std::uint32_t axes) {
  std::vector<std::int64_t> kept;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if ((axes >> axis & 1U) == 0) kept.push_back(shape[axis]);
  }
  return Shape{std::span<const std::int64_t>(kept)};
}

Shape with_axis(const Shape& shape, int axis) {
  TILEWRIGHT_CHECK(shape.rank() < kMaxRank);
  std::vector<std::int64_t> extents(shape.dims().begin(), shape.dims().end());
  extents.insert(extents.begin() + axis, 1);
  return Shape{std::span<const std::int64_t>(extents)};
}

}  // namespace tilewright::importer::tflite
