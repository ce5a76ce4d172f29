// SPDX-License-Identifier: Apache-2.0
// Operators that take parts of a tensor. Those with several outputs become one slice each.
#include "lib/graph/whole_slice.h"
#include "lib/import/tflite_axes.h"
#include "lib/import/tflite_ops.h"

namespace tilewright::importer::tflite {
namespace {

Status expect_outputs(const OperatorReader& op, std::string_view role, std::int64_t count) {
  if (count == static_cast<std::int64_t>(op.output_count())) return ok();
  return op.invalid(std::string(role) + ": expected " + std::to_string(op.output_count()) +
                    ", one per output, got " + std::to_string(count));
}

/// One slice per output, of these extents along `axis`.
Status finish_parts(OperatorReader& op, ValueId x, int axis,
                    std::span<const std::int64_t> extents) {
  Slice slice = graph::whole_slice(op.shape(x));
  const auto along = static_cast<std::size_t>(axis);
  for (std::size_t i = 0; i < extents.size(); ++i) {
    slice.size[along] = extents[i];
    TILEWRIGHT_RETURN_IF_ERROR(op.finish(slice, {x}, i));
    slice.begin[along] += extents[i];
  }
  return ok();
}

/// The extents of SPLIT_V: at most one is -1, which is what the others leave.
Status complete_extents(const OperatorReader& op, std::span<std::int64_t> extents,
                        std::int64_t whole_extent) {
  std::int64_t left = whole_extent;
  std::int64_t* open = nullptr;
  for (std::int64_t& extent : extents) {
    if (extent == -1 && open == nullptr) {
      open = &extent;
    } else if (extent < 0 || extent > left) {
      return op.misfit("size_splits: expected sizes that sum to " + std::to_string(whole_extent) +
                       ", got " + std::to_string(extent) + " where " + std::to_string(left) +
                       " are left");
    } else {
      left -= extent;
    }
  }
  if (open != nullptr) *open = left;
  if (open != nullptr || left == 0) return ok();
  return op.misfit("size_splits: expected sizes that sum to " + std::to_string(whole_extent) +
                   ", got " + std::to_string(whole_extent - left));
}

}  // namespace

Status import_slice(OperatorReader& op) {
  const ValueId x = op.input(0);
  const Shape shape = op.shape(x);
  TILEWRIGHT_TRY(const auto begin, op.integers(1, "begin", shape.rank()));
  TILEWRIGHT_TRY(const auto size, op.integers(2, "size", shape.rank()));
  Slice slice = graph::whole_slice(shape);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const bool begins_inside = begin[i] >= 0 && begin[i] <= shape[axis];
    const std::int64_t most = begins_inside ? shape[axis] - begin[i] : 0;
    if (!begins_inside || size[i] < -1 || size[i] > most) {
      return op.misfit("expected a part of dimension " + std::to_string(axis) + " of extent " +
                       std::to_string(shape[axis]) + ", got begin " + std::to_string(begin[i]) +
                       " and size " + std::to_string(size[i]));
    }
    slice.begin[i] = begin[i];
    slice.size[i] = size[i] == -1 ? most : size[i];
  }
  return op.finish(slice, {x});
}

Status import_split(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::SplitOptions>());
  TILEWRIGHT_TRY(const auto axes, op.integers(0, "axis", 1));
  const ValueId x = op.input(1);
  TILEWRIGHT_TRY(const int axis, read_axis(op, "axis", axes[0], op.shape(x).rank()));
  TILEWRIGHT_RETURN_IF_ERROR(expect_outputs(op, "num_splits", options->num_splits()));
  const std::int64_t extent = op.shape(x)[axis];
  const std::int64_t parts = options->num_splits();
  if (extent % parts != 0) {
    return op.misfit("expected " + std::to_string(parts) + " splits that divide dimension " +
                     std::to_string(axis) + ", got extent " + std::to_string(extent));
  }
  const std::vector<std::int64_t> extents(op.output_count(), extent / parts);
  return finish_parts(op, x, axis, extents);
}

Status import_split_v(OperatorReader& op) {
  const ValueId x = op.input(0);
  TILEWRIGHT_TRY(auto extents, op.integers(1, "size_splits"));
  TILEWRIGHT_TRY(const auto axes, op.integers(2, "axis", 1));
  TILEWRIGHT_TRY(const int axis, read_axis(op, "axis", axes[0], op.shape(x).rank()));
  TILEWRIGHT_RETURN_IF_ERROR(
      expect_outputs(op, "size_splits", static_cast<std::int64_t>(extents.size())));
  TILEWRIGHT_RETURN_IF_ERROR(complete_extents(op, extents, op.shape(x)[axis]));
  return finish_parts(op, x, axis, extents);
}

Status import_unpack(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::UnpackOptions>());
  const ValueId x = op.input(0);
  const Shape shape = op.shape(x);
  TILEWRIGHT_TRY(const int axis, read_axis(op, "axis", options->axis(), shape.rank()));
  TILEWRIGHT_RETURN_IF_ERROR(expect_outputs(op, "num", options->num()));
  if (shape[axis] != options->num()) {
    return op.misfit("num: expected the extent " + std::to_string(shape[axis]) + " of dimension " +
                     std::to_string(axis) + ", got " + std::to_string(options->num()));
  }
  const auto along = static_cast<std::size_t>(axis);
  const Shape part_shape = without_axes(shape, std::uint32_t{1} << axis);
  for (std::size_t i = 0; i < op.output_count(); ++i) {
    Slice slice = graph::whole_slice(shape);
    slice.begin[along] = static_cast<std::int64_t>(i);
    slice.size[along] = 1;
    TILEWRIGHT_TRY(const ValueId part, op.step("part" + std::to_string(i), slice, {x}));
    TILEWRIGHT_RETURN_IF_ERROR(op.finish(Reshape{part_shape}, {part}, i));
  }
  return ok();
}

}  // namespace tilewright::importer::tflite
