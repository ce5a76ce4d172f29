// SPDX-License-Identifier: Apache-2.0
// The same elements in another shape or order.
#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

std::string list_text(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const std::int64_t number : numbers)
    text += (text.empty() ? "" : ", ") + std::to_string(number);
  return "[" + text + "]";
}

Status check_rank(const NodeImport& node, std::size_t rank) {
  if (rank <= kMaxRank) return ok();
  return node.unsupported("expected at most " + std::to_string(kMaxRank) + " dimensions, got " +
                          std::to_string(rank));
}

/// Puts the extents of x where the wanted shape says 0, unless 0 is meant.
Status copy_extents(const NodeImport& node, const Shape& x, bool allow_zero,
                    std::vector<std::int64_t>& wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] != 0 || allow_zero) continue;
    if (i >= static_cast<std::size_t>(x.rank())) {
      return node.invalid("'shape': expected 0 only where x has a dimension, got " +
                          list_text(wanted) + " for " + to_string(x));
    }
    wanted[i] = x[static_cast<int>(i)];
  }
  return ok();
}

/// Puts what remains where the wanted shape says -1.
Status infer_extent(const NodeImport& node, const Shape& x, std::vector<std::int64_t>& wanted) {
  const auto count = std::count(wanted.begin(), wanted.end(), -1);
  const bool negative =
      std::any_of(wanted.begin(), wanted.end(), [](std::int64_t extent) { return extent < -1; });
  if (count > 1 || negative) {
    return node.invalid("'shape': expected at most one -1 and no other negative extent, got " +
                        list_text(wanted));
  }
  if (count == 0) return ok();
  const auto unknown = std::find(wanted.begin(), wanted.end(), -1);
  *unknown = 1;
  const Status valid = check_shape(Shape(wanted));
  if (!valid) return node.invalid(valid.error().message);
  const std::int64_t known = Shape(wanted).elements();
  if (known == 0 || x.elements() % known != 0) {
    *unknown = -1;
    return node.invalid("'shape': expected extents that divide " + std::to_string(x.elements()) +
                        " elements, got " + list_text(wanted));
  }
  *unknown = x.elements() / known;
  return ok();
}

/// `axes` as a flag per dimension of something of `rank`.
Result<std::vector<bool>> axis_flags(const NodeImport& node, const std::vector<std::int64_t>& axes,
                                     int rank) {
  std::vector<bool> flags(static_cast<std::size_t>(rank), false);
  for (const std::int64_t number : axes) {
    TILEWRIGHT_TRY(const int axis, node.checked_axis(number, rank));
    if (flags[static_cast<std::size_t>(axis)]) {
      return node.invalid("'axes': expected different dimensions, got " + list_text(axes));
    }
    flags[static_cast<std::size_t>(axis)] = true;
  }
  return flags;
}

}  // namespace

Result<Outputs> import_identity(NodeImport& node) {
  return one(node.input(0));
}

Result<Outputs> import_dropout(NodeImport& node) {
  if (node.has_input(2)) {
    TILEWRIGHT_TRY(const Tensor* training, node.constant(2, "training_mode"));
    const std::vector<double> flags = reals(*training);
    if (std::any_of(flags.begin(), flags.end(), [](double flag) { return flag != 0; })) {
      return node.unsupported("input 'training_mode': expected false, got true");
    }
  }
  return one(node.input(0));
}

Result<Outputs> import_reshape(NodeImport& node) {
  const Operand& x = node.input(0);
  TILEWRIGHT_TRY(std::vector<std::int64_t> wanted, node.constant_integers(1, "shape"));
  TILEWRIGHT_TRY(const bool allow_zero, node.flag("allowzero", false));
  TILEWRIGHT_RETURN_IF_ERROR(check_rank(node, wanted.size()));
  TILEWRIGHT_RETURN_IF_ERROR(copy_extents(node, x.shape, allow_zero, wanted));
  TILEWRIGHT_RETURN_IF_ERROR(infer_extent(node, x.shape, wanted));
  return one(node.emit(Reshape{Shape(wanted)}, {x}));
}

Result<Outputs> import_flatten(NodeImport& node) {
  const Operand& x = node.input(0);
  const int rank = x.shape.rank();
  TILEWRIGHT_TRY(std::int64_t axis, node.integer("axis", 1));
  // Unlike elsewhere, the end itself is an axis too.
  if (axis < -rank || axis > rank) {
    return node.invalid("attribute 'axis': expected " + std::to_string(-rank) + " to " +
                        std::to_string(rank) + ", got " + std::to_string(axis));
  }
  if (axis < 0) axis += rank;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  for (int i = 0; i < rank; ++i)
    (i < axis ? rows : columns) *= x.shape[i];
  return one(node.emit(Reshape{{rows, columns}}, {x}));
}

Result<Outputs> import_squeeze(NodeImport& node) {
  const Operand& x = node.input(0);
  const int rank = x.shape.rank();
  TILEWRIGHT_TRY(const auto axes, node.integers("axes", 1));
  TILEWRIGHT_TRY(const std::vector<bool> chosen,
                 axis_flags(node, axes.value_or(std::vector<std::int64_t>()), rank));
  std::vector<std::int64_t> dims;
  for (int i = 0; i < rank; ++i) {
    const bool squeezed = axes ? chosen[static_cast<std::size_t>(i)] : x.shape[i] == 1;
    if (squeezed && x.shape[i] != 1) {
      return node.invalid("'axes': expected dimensions of extent 1, got " + std::to_string(i) +
                          " of " + to_string(x.shape));
    }
    if (!squeezed) dims.push_back(x.shape[i]);
  }
  return one(node.emit(Reshape{Shape(dims)}, {x}));
}

Result<Outputs> import_unsqueeze(NodeImport& node) {
  const Operand& x = node.input(0);
  TILEWRIGHT_TRY(const auto axes, node.integers("axes", 1));
  if (!axes) return node.invalid("'axes': expected a list, got none");
  const std::size_t rank = static_cast<std::size_t>(x.shape.rank()) + axes->size();
  TILEWRIGHT_RETURN_IF_ERROR(check_rank(node, rank));
  TILEWRIGHT_TRY(const std::vector<bool> added, axis_flags(node, *axes, static_cast<int>(rank)));
  std::vector<std::int64_t> dims;
  int next = 0;
  for (const bool is_added : added)
    dims.push_back(is_added ? 1 : x.shape[next++]);
  return one(node.emit(Reshape{Shape(dims)}, {x}));
}

Result<Outputs> import_transpose(NodeImport& node) {
  const Operand& x = node.input(0);
  const int rank = x.shape.rank();
  TILEWRIGHT_TRY(auto perm, node.integers("perm"));
  if (!perm) {
    perm.emplace(static_cast<std::size_t>(rank));
    std::iota(perm->rbegin(), perm->rend(), 0);
  }
  std::vector<std::int64_t> sorted = *perm;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::int64_t> expected(static_cast<std::size_t>(rank));
  std::iota(expected.begin(), expected.end(), 0);
  if (sorted != expected) {
    return node.invalid("attribute 'perm': expected each of " + std::to_string(rank) +
                        " dimensions once, got " + list_text(*perm));
  }
  Transpose op;
  std::transform(perm->begin(), perm->end(), op.perm.begin(),
                 [](std::int64_t axis) { return static_cast<std::int8_t>(axis); });
  return one(node.emit(op, {x}));
}

Result<Outputs> import_expand(NodeImport& node) {
  const Operand& x = node.input(0);
  TILEWRIGHT_TRY(std::vector<std::int64_t> wanted, node.constant_integers(1, "shape"));
  const auto rank = static_cast<std::size_t>(x.shape.rank());
  if (wanted.size() < rank) wanted.insert(wanted.begin(), rank - wanted.size(), 1);
  TILEWRIGHT_RETURN_IF_ERROR(check_rank(node, wanted.size()));
  // An extent of 1 leaves that of x: both sides broadcast.
  for (std::size_t i = wanted.size() - rank; i < wanted.size(); ++i) {
    const std::int64_t extent = x.shape[static_cast<int>(i - (wanted.size() - rank))];
    if (wanted[i] == 1) wanted[i] = extent;
  }
  const Shape shape(wanted);
  if (shape == x.shape) return one(x);
  return one(node.emit(Broadcast{shape}, {x}));
}

}  // namespace tilewright::importer::onnx
