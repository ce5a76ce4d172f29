// SPDX-License-Identifier: Apache-2.0
// STRIDED_SLICE: NumPy's slicing with masks.
#include <algorithm>

#include "lib/import/tflite_axes.h"
#include "lib/import/tflite_ops.h"

namespace tilewright::importer::tflite {
namespace {

bool has_bit(std::int32_t mask, int axis) {
  return (static_cast<std::uint32_t>(mask) >> axis & 1U) != 0;
}

struct Range {
  std::int64_t begin = 0, end = 0, step = 1;

  /// Elements from begin towards end.
  [[nodiscard]] std::int64_t size() const {
    const std::int64_t distance = step > 0 ? end - begin : begin - end;
    // -step of the least step would overflow; distances are below 2^40.
    if (distance <= 0) return 0;
    const std::int64_t stride = step > 0 ? step : -std::max(step, -kMaxElements);
    return (distance - 1) / stride + 1;
  }
};

/// Negative positions count from the end; what lies outside is cut off.
std::int64_t clamped(std::int64_t position, std::int64_t extent, std::int64_t least,
                     std::int64_t most) {
  return std::clamp(position < 0 ? position + extent : position, least, most);
}

Range dense_range(const Range& given, std::int64_t extent, bool open_begin, bool open_end) {
  const bool forward = given.step > 0;
  const std::int64_t least = forward ? 0 : -1;
  const std::int64_t most = forward ? extent : extent - 1;
  Range range{.step = given.step};
  range.begin = open_begin ? (forward ? least : most) : clamped(given.begin, extent, least, most);
  range.end = open_end ? (forward ? most : least) : clamped(given.end, extent, least, most);
  return range;
}

Status check_masks(const OperatorReader& op, const schema::StridedSliceOptions& options) {
  if (options.ellipsis_mask() != 0) {
    return op.unsupported("ellipsis_mask: expected 0, got " +
                          std::to_string(options.ellipsis_mask()));
  }
  if (options.new_axis_mask() != 0) {
    return op.unsupported("new_axis_mask: expected 0, got " +
                          std::to_string(options.new_axis_mask()));
  }
  if (options.offset()) return op.unsupported("offset: expected false, got true");
  return ok();
}

/// A position that is taken alone, and whose dimension goes away.
Result<std::int64_t> shrunk_begin(const OperatorReader& op, const Range& given, int axis,
                                  std::int64_t extent) {
  const std::int64_t begin = given.begin < 0 ? given.begin + extent : given.begin;
  if (given.step > 0 && begin >= 0 && begin < extent) return begin;
  return op.misfit("expected a position within the extent " + std::to_string(extent) +
                   " of dimension " + std::to_string(axis) + ", got " +
                   std::to_string(given.begin) + " with stride " + std::to_string(given.step));
}

struct Part {
  Slice slice;
  std::uint32_t shrunk = 0;  // bit i: dimension i goes away
};

Result<Part> read_part(const OperatorReader& op, const schema::StridedSliceOptions& options,
                       const Shape& shape) {
  TILEWRIGHT_TRY(const auto begin, op.integers(1, "begin"));
  const auto count = static_cast<std::int64_t>(begin.size());
  TILEWRIGHT_TRY(const auto end, op.integers(2, "end", count));
  TILEWRIGHT_TRY(const auto strides, op.integers(3, "strides", count));
  if (count > shape.rank()) {
    return op.misfit("begin: expected at most " + std::to_string(shape.rank()) + " elements, got " +
                     std::to_string(count));
  }
  Part part;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    Range range{.end = shape[axis]};
    if (axis < count) {
      const Range given{.begin = begin[i], .end = end[i], .step = strides[i]};
      if (given.step == 0) return op.invalid("strides: expected other than 0, got 0");
      range = dense_range(given, shape[axis], has_bit(options.begin_mask(), axis),
                          has_bit(options.end_mask(), axis));
      if (has_bit(options.shrink_axis_mask(), axis)) {
        TILEWRIGHT_TRY(range.begin, shrunk_begin(op, given, axis, shape[axis]));
        range.end = range.begin + 1;
        range.step = 1;
        part.shrunk |= std::uint32_t{1} << axis;
      }
    }
    part.slice.begin[i] = range.begin;
    part.slice.size[i] = range.size();
    part.slice.step[i] = range.step;
  }
  return part;
}

}  // namespace

Status import_strided_slice(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::StridedSliceOptions>());
  TILEWRIGHT_RETURN_IF_ERROR(check_masks(op, *options));
  const ValueId x = op.input(0);
  TILEWRIGHT_TRY(const Part part, read_part(op, *options, op.shape(x)));
  if (part.shrunk == 0) return op.finish(part.slice, {x});
  TILEWRIGHT_TRY(const ValueId sliced, op.step("sliced", part.slice, {x}));
  return op.finish(Reshape{without_axes(op.shape(sliced), part.shrunk)}, {sliced});
}

}  // namespace tilewright::importer::tflite
