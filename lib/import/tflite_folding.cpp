// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_folding.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

namespace tilewright::importer::tflite {
namespace {

using Elements = std::optional<std::vector<std::int64_t>>;
using Sources = std::span<const IntegerTensor>;

/// The coordinates of element `index` of a dense tensor.
Axes coordinates(std::int64_t index, const Shape& shape) {
  Axes at{};
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    at[static_cast<std::size_t>(axis)] = index % shape[axis];
    index /= shape[axis];
  }
  return at;
}

/// The element at `at`; where `shape` has fewer dimensions or an extent of 1 it is repeated.
std::int64_t broadcast_element(const IntegerTensor& tensor, const Axes& at, int rank) {
  const int lead = rank - tensor.shape.rank();
  std::int64_t index = 0;
  for (int axis = 0; axis < tensor.shape.rank(); ++axis) {
    const std::int64_t extent = tensor.shape[axis];
    index = index * extent + (extent == 1 ? 0 : at[static_cast<std::size_t>(lead + axis)]);
  }
  return tensor.elements[static_cast<std::size_t>(index)];
}

std::optional<std::int64_t> combine(BinaryKind kind, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (kind) {
    case BinaryKind::Add:
      if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
      return result;
    case BinaryKind::Sub:
      if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
      return result;
    case BinaryKind::Mul:
      if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
      return result;
    case BinaryKind::Div:
      if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) return std::nullopt;
      return a / b;
    case BinaryKind::Max:
      return std::max(a, b);
    case BinaryKind::Min:
      return std::min(a, b);
    case BinaryKind::Pow:
    case BinaryKind::SquaredDifference:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<BinaryKind> combination(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::Sum:
      return BinaryKind::Add;
    case ReduceKind::Prod:
      return BinaryKind::Mul;
    case ReduceKind::Max:
      return BinaryKind::Max;
    case ReduceKind::Min:
      return BinaryKind::Min;
    case ReduceKind::Mean:
      return std::nullopt;
  }
  return std::nullopt;
}

Elements fold(const Reshape&, Sources src, const Shape&) {
  return src[0].elements;
}

Elements fold(const Cast&, Sources src, const Shape&) {
  return src[0].elements;
}

Elements fold(const Broadcast&, Sources src, const Shape& dst) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < dst.elements(); ++i) {
    result.push_back(broadcast_element(src[0], coordinates(i, dst), dst.rank()));
  }
  return result;
}

Elements fold(const Binary& op, Sources src, const Shape& dst) {
  if (op.activation.kind != ActivationKind::None) return std::nullopt;
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < dst.elements(); ++i) {
    const Axes at = coordinates(i, dst);
    const auto element = combine(op.kind, broadcast_element(src[0], at, dst.rank()),
                                 broadcast_element(src[1], at, dst.rank()));
    if (!element) return std::nullopt;
    result.push_back(*element);
  }
  return result;
}

/// All elements into one: what shape arithmetic needs.
Elements fold(const Reduce& op, Sources src, const Shape& dst) {
  const auto kind = combination(op.kind);
  const std::vector<std::int64_t>& elements = src[0].elements;
  if (!kind || elements.empty() || dst.elements() != 1) return std::nullopt;
  std::int64_t result = elements[0];
  for (std::size_t i = 1; i < elements.size(); ++i) {
    const auto next = combine(*kind, result, elements[i]);
    if (!next) return std::nullopt;
    result = *next;
  }
  return std::vector{result};
}

Elements fold(const Slice& op, Sources src, const Shape& dst) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < dst.elements(); ++i) {
    Axes at = coordinates(i, dst);
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
      at[axis] = op.begin[axis] + at[axis] * op.step[axis];
    }
    result.push_back(broadcast_element(src[0], at, dst.rank()));
  }
  return result;
}

/// Along the outermost axis the inputs simply follow each other.
Elements fold(const Concat& op, Sources src, const Shape&) {
  if (op.axis != 0) return std::nullopt;
  std::vector<std::int64_t> result;
  for (const IntegerTensor& tensor : src) {
    result.insert(result.end(), tensor.elements.begin(), tensor.elements.end());
  }
  return result;
}

/// From a list, which is what shapes are.
Elements fold(const Gather&, Sources src, const Shape&) {
  if (src[0].shape.rank() != 1) return std::nullopt;
  const std::int64_t extent = src[0].shape[0];
  std::vector<std::int64_t> result;
  for (std::int64_t index : src[1].elements) {
    if (index < 0) index += extent;
    if (index < 0 || index >= extent) return std::nullopt;
    result.push_back(src[0].elements[static_cast<std::size_t>(index)]);
  }
  return result;
}

template <typename AnyOp>
Elements fold(const AnyOp&, Sources, const Shape&) {
  return std::nullopt;
}

bool fits(std::int64_t element, DType dtype) {
  return dtype == DType::Int64 || static_cast<std::int32_t>(element) == element;
}

bool is_integer(DType dtype) {
  return dtype == DType::Int32 || dtype == DType::Int64;
}

}  // namespace

std::optional<IntegerTensor> integer_constant(const graph::Graph& graph, graph::ValueId id) {
  const graph::Value& value = graph.value(id);
  if (!value.constant || !is_integer(value.spec.dtype)) return std::nullopt;
  if (value.spec.shape.elements() > kMaxFoldedElements) return std::nullopt;
  IntegerTensor tensor{.shape = value.spec.shape, .elements = {}};
  const auto append = [&](const auto elements) {
    tensor.elements.assign(elements.begin(), elements.end());
  };
  if (value.spec.dtype == DType::Int32) append(graph::constant_elements<std::int32_t>(graph, id));
  if (value.spec.dtype == DType::Int64) append(graph::constant_elements<std::int64_t>(graph, id));
  return tensor;
}

std::optional<std::vector<std::int64_t>> fold_integers(const Op& op, Sources src,
                                                       const TensorSpec& dst) {
  if (!is_integer(dst.dtype) || dst.shape.elements() > kMaxFoldedElements) return std::nullopt;
  Elements result =
      std::visit([&](const auto& alternative) { return fold(alternative, src, dst.shape); }, op);
  if (!result) return std::nullopt;
  const auto is_kept = [&](std::int64_t element) { return fits(element, dst.dtype); };
  if (!std::all_of(result->begin(), result->end(), is_kept)) return std::nullopt;
  return result;
}

std::vector<std::byte> integer_bytes(std::span<const std::int64_t> elements, DType dtype) {
  if (dtype == DType::Int64) {
    const auto bytes = std::as_bytes(elements);
    return {bytes.begin(), bytes.end()};
  }
  const std::vector<std::int32_t> narrow(elements.begin(), elements.end());
  const auto bytes = std::as_bytes(std::span(narrow));
  return {bytes.begin(), bytes.end()};
}

}  // namespace tilewright::importer::tflite
