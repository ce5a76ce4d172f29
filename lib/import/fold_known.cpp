// SPDX-License-Identifier: Apache-2.0
#include "lib/import/fold_known.h"

#include <cstring>
#include <utility>
#include <variant>

namespace tilewright::importer {
namespace {

std::size_t at(int axis) {
  return static_cast<std::size_t>(axis);
}

/// Copies `count` elements that lie `stride` elements apart to a dense row.
template <std::size_t ElementBytes>
void copy_row(std::byte* dst, const std::byte* src, std::int64_t count, std::int64_t stride) {
  const std::int64_t step = stride * static_cast<std::int64_t>(ElementBytes);
  for (std::int64_t i = 0; i < count; ++i)
    std::memcpy(dst + i * static_cast<std::int64_t>(ElementBytes), src + i * step, ElementBytes);
}

using CopyRow = void (*)(std::byte*, const std::byte*, std::int64_t, std::int64_t);

CopyRow row_copier(std::int64_t element_bytes) {
  switch (element_bytes) {
    case 1:
      return copy_row<1>;
    case 2:
      return copy_row<2>;
    case 4:
      return copy_row<4>;
    default:
      return copy_row<8>;
  }
}

/// Steps `index` to the next of `shape` without its last dimension; false after the last one.
bool next_row(const Shape& shape, Axes& index) {
  for (int axis = shape.rank() - 2; axis >= 0; --axis) {
    if (++index[at(axis)] < shape[axis]) return true;
    index[at(axis)] = 0;
  }
  return false;
}

Tensor fold_transpose(const Transpose& op, const Tensor& x, const Shape& shape) {
  const Axes dense = dense_strides(x.shape);
  Axes strides{};
  for (int axis = 0; axis < shape.rank(); ++axis)
    strides[at(axis)] = dense[static_cast<std::size_t>(op.perm[at(axis)])];
  return strided_copy(x, shape, 0, strides);
}

Tensor fold_slice(const Slice& op, const Tensor& x, const Shape& shape) {
  const Axes dense = dense_strides(x.shape);
  Axes strides{};
  std::int64_t begin = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    strides[at(axis)] = dense[at(axis)] * op.step[at(axis)];
    begin += dense[at(axis)] * op.begin[at(axis)];
  }
  return strided_copy(x, shape, begin, strides);
}

/// Extents before, at and after an axis, as one product each; the last in bytes.
struct AxisSplit {
  std::int64_t outer = 1, extent = 1, inner_bytes = 1;
};

AxisSplit split_at(const Tensor& tensor, int axis) {
  AxisSplit split{.extent = tensor.shape[axis], .inner_bytes = size_bytes(tensor.dtype)};
  for (int i = 0; i < tensor.shape.rank(); ++i) {
    if (i < axis) split.outer *= tensor.shape[i];
    if (i > axis) split.inner_bytes *= tensor.shape[i];
  }
  return split;
}

void append(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

Tensor fold_concat(const Concat& op, std::span<const Tensor* const> src, const TensorSpec& dst) {
  std::vector<std::byte> bytes;
  bytes.reserve(static_cast<std::size_t>(dst.size_bytes()));
  const std::int64_t outer = split_at(*src[0], op.axis).outer;
  for (std::int64_t row = 0; row < outer; ++row) {
    for (const Tensor* x : src) {
      const AxisSplit split = split_at(*x, op.axis);
      const auto row_bytes = static_cast<std::size_t>(split.extent * split.inner_bytes);
      append(bytes, x->bytes.subspan(static_cast<std::size_t>(row) * row_bytes, row_bytes));
    }
  }
  return make_tensor(dst.dtype, dst.shape, std::move(bytes));
}

Tensor fold_gather(const Gather& op, const Tensor& x, const Tensor& indices,
                   const TensorSpec& dst) {
  const AxisSplit split = split_at(x, op.axis);
  const auto inner_bytes = static_cast<std::size_t>(split.inner_bytes);
  const std::vector<std::int64_t> picks = integers(indices);
  std::vector<std::byte> bytes;
  bytes.reserve(static_cast<std::size_t>(dst.size_bytes()));
  for (std::int64_t row = 0; row < split.outer; ++row) {
    for (const std::int64_t pick : picks) {
      const std::int64_t cell = row * split.extent + (pick < 0 ? pick + split.extent : pick);
      append(bytes, x.bytes.subspan(static_cast<std::size_t>(cell) * inner_bytes, inner_bytes));
    }
  }
  return make_tensor(dst.dtype, dst.shape, std::move(bytes));
}

Tensor fold_cast(const Tensor& x, const TensorSpec& dst) {
  if (is_integer(x.dtype)) return from_integers(dst.dtype, dst.shape, integers(x));
  return from_reals(dst.dtype, dst.shape, reals(x));
}

}  // namespace

Axes dense_strides(const Shape& shape) {
  Axes strides{};
  std::int64_t stride = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[at(axis)] = stride;
    stride *= shape[axis];
  }
  return strides;
}

Axes broadcast_strides(const Shape& shape, const Shape& to) {
  const Axes dense = dense_strides(shape);
  Axes strides{};
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const int to_axis = axis + to.rank() - shape.rank();
    strides[at(to_axis)] = shape[axis] == 1 ? 0 : dense[at(axis)];
  }
  return strides;
}

Tensor strided_copy(const Tensor& src, const Shape& shape, std::int64_t begin,
                    const Axes& strides) {
  const std::int64_t element_bytes = size_bytes(src.dtype);
  std::vector<std::byte> bytes(static_cast<std::size_t>(shape.elements() * element_bytes));
  if (bytes.empty()) return make_tensor(src.dtype, shape, std::move(bytes));
  const CopyRow copy = row_copier(element_bytes);
  const int last = shape.rank() - 1;
  const std::int64_t row_stride = last < 0 ? 0 : strides[at(last)];
  std::byte* dst = bytes.data();
  Axes index{};
  do {
    std::int64_t offset = begin;
    for (int axis = 0; axis < last; ++axis)
      offset += index[at(axis)] * strides[at(axis)];
    copy(dst, src.bytes.data() + offset * element_bytes, shape.last(), row_stride);
    dst += shape.last() * element_bytes;
  } while (next_row(shape, index));
  return make_tensor(src.dtype, shape, std::move(bytes));
}

bool is_foldable(const Op& op) {
  if (const auto* binary = std::get_if<Binary>(&op)) {
    return binary->activation.kind == ActivationKind::None;
  }
  return std::holds_alternative<Transpose>(op) || std::holds_alternative<Reshape>(op) ||
         std::holds_alternative<Broadcast>(op) || std::holds_alternative<Concat>(op) ||
         std::holds_alternative<Slice>(op) || std::holds_alternative<Gather>(op) ||
         std::holds_alternative<Cast>(op) || std::holds_alternative<Unary>(op) ||
         std::holds_alternative<Reduce>(op);
}

Result<Tensor> fold(const Op& op, std::span<const Tensor* const> src, const TensorSpec& dst) {
  const Tensor& x = *src[0];
  if (const auto* transpose = std::get_if<Transpose>(&op)) {
    return fold_transpose(*transpose, x, dst.shape);
  }
  if (const auto* slice = std::get_if<Slice>(&op)) return fold_slice(*slice, x, dst.shape);
  if (const auto* concat = std::get_if<Concat>(&op)) return fold_concat(*concat, src, dst);
  if (const auto* gather = std::get_if<Gather>(&op)) return fold_gather(*gather, x, *src[1], dst);
  if (std::holds_alternative<Cast>(op)) return fold_cast(x, dst);
  if (std::holds_alternative<Broadcast>(op)) {
    return strided_copy(x, dst.shape, 0, broadcast_strides(x.shape, dst.shape));
  }
  if (std::holds_alternative<Reshape>(op)) {
    return Tensor{.dtype = x.dtype, .shape = dst.shape, .owner = x.owner, .bytes = x.bytes};
  }
  return fold_arithmetic(op, src, dst);
}

}  // namespace tilewright::importer
