// SPDX-License-Identifier: Apache-2.0
// Tensors as values: element type, shape, quantisation, and views of memory that somebody owns.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "tilewright/status.h"

namespace tilewright {

enum class DType : std::uint8_t {
  Float32,
  Float16,
  Float64,
  Int8,
  UInt8,
  Int16,
  Int32,
  Int64,
  Bool
};

/// Bytes of one element.
[[nodiscard]] constexpr std::int64_t size_bytes(DType dtype) {
  switch (dtype) {
    case DType::Int8:
    case DType::UInt8:
    case DType::Bool:
      return 1;
    case DType::Float16:
    case DType::Int16:
      return 2;
    case DType::Float32:
    case DType::Int32:
      return 4;
    case DType::Float64:
    case DType::Int64:
      return 8;
  }
  return 0;
}

/// The name used in messages, files and JSON: `float32`.
[[nodiscard]] constexpr const char* to_string(DType dtype) {
  switch (dtype) {
    case DType::Float32:
      return "float32";
    case DType::Float16:
      return "float16";
    case DType::Float64:
      return "float64";
    case DType::Int8:
      return "int8";
    case DType::UInt8:
      return "uint8";
    case DType::Int16:
      return "int16";
    case DType::Int32:
      return "int32";
    case DType::Int64:
      return "int64";
    case DType::Bool:
      return "bool";
  }
  return "unknown";
}

/// The `DType` of a C++ element type.
template <typename T>
inline constexpr DType kDTypeOf = [] {
  static_assert(sizeof(T) == 0, "not an element type");
  return DType::Float32;
}();
template <>
inline constexpr DType kDTypeOf<float> = DType::Float32;
template <>
inline constexpr DType kDTypeOf<double> = DType::Float64;
template <>
inline constexpr DType kDTypeOf<std::int8_t> = DType::Int8;
template <>
inline constexpr DType kDTypeOf<std::uint8_t> = DType::UInt8;
template <>
inline constexpr DType kDTypeOf<std::int16_t> = DType::Int16;
template <>
inline constexpr DType kDTypeOf<std::int32_t> = DType::Int32;
template <>
inline constexpr DType kDTypeOf<std::int64_t> = DType::Int64;
template <>
inline constexpr DType kDTypeOf<bool> = DType::Bool;

/// Highest number of dimensions of a tensor.
inline constexpr int kMaxRank = 8;
/// Highest number of elements of a tensor; sizes in bytes then never overflow 64 bits.
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;
/// Alignment in bytes of tensors in the arena, and of the buffers a caller gives to `Session::run`.
inline constexpr std::int64_t kTensorAlignment = 64;

/// Extents of a tensor, outermost first. Activations of spatial ops are n, h, w, c. Rank 0 is a
/// scalar.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const std::int64_t> dims) : rank_(static_cast<int>(dims.size())) {
    TILEWRIGHT_CHECK(dims.size() <= static_cast<std::size_t>(kMaxRank));
    std::copy(dims.begin(), dims.end(), dims_.begin());
  }

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] std::int64_t operator[](int axis) const {
    TILEWRIGHT_DCHECK(axis >= 0 && axis < rank_);
    return dims_[static_cast<std::size_t>(axis)];
  }
  [[nodiscard]] std::int64_t& operator[](int axis) {
    TILEWRIGHT_DCHECK(axis >= 0 && axis < rank_);
    return dims_[static_cast<std::size_t>(axis)];
  }
  /// Extent of the innermost dimension; 1 for a scalar.
  [[nodiscard]] std::int64_t last() const { return rank_ == 0 ? 1 : (*this)[rank_ - 1]; }
  [[nodiscard]] std::span<const std::int64_t> dims() const {
    return {dims_.data(), static_cast<std::size_t>(rank_)};
  }
  /// Product of all extents; needs a checked shape (see `check_shape`).
  [[nodiscard]] std::int64_t elements() const {
    std::int64_t product = 1;
    for (const std::int64_t dim : dims())
      product *= dim;
    return product;
  }

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<std::int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

/// `1x224x224x3`; `scalar` for rank 0.
[[nodiscard]] inline std::string to_string(const Shape& shape) {
  if (shape.rank() == 0) return "scalar";
  std::string text;
  for (const std::int64_t dim : shape.dims()) {
    if (!text.empty()) text += 'x';
    text += std::to_string(dim);
  }
  return text;
}

/// Refuses negative extents and more than `kMaxElements` elements, an extent of 0 counted as 1: so
/// strides do not overflow either. Errors: InvalidArgument.
[[nodiscard]] inline Status check_shape(const Shape& shape) {
  std::int64_t product = 1;
  for (const std::int64_t dim : shape.dims()) {
    if (dim < 0) {
      return Error{ErrorCode::InvalidArgument,
                   "shape: expected extents of at least 0, got " + to_string(shape)};
    }
    if (dim > kMaxElements || (dim > 0 && product > kMaxElements / dim)) {
      return Error{ErrorCode::InvalidArgument, "shape: expected at most " +
                                                   std::to_string(kMaxElements) +
                                                   " elements, got " + to_string(shape)};
    }
    product *= std::max<std::int64_t>(dim, 1);
  }
  return ok();
}

/// Affine quantisation: real = scale * (stored - zero_point). Empty `scales` means not quantised;
/// one scale is for the whole tensor; more are one per index of dimension `axis`.
struct Quantization {
  std::vector<float> scales;
  std::vector<std::int64_t> zero_points;
  int axis = 0;

  friend bool operator==(const Quantization&, const Quantization&) = default;
};

/// What a tensor is, without its memory. `name` is the model file's own.
struct TensorSpec {
  std::string name;
  DType dtype = DType::Float32;
  Shape shape;
  Quantization quantization;

  [[nodiscard]] std::int64_t size_bytes() const {
    return shape.elements() * tilewright::size_bytes(dtype);
  }
  friend bool operator==(const TensorSpec&, const TensorSpec&) = default;
};

/// `float32 1x224x224x3`.
[[nodiscard]] inline std::string to_string(const TensorSpec& spec) {
  return std::string(to_string(spec.dtype)) + " " + to_string(spec.shape);
}

/// Dense memory of a tensor, innermost dimension last, owned by somebody else.
template <typename Byte>
struct BasicTensorView {
  Byte* data = nullptr;
  DType dtype = DType::Float32;
  Shape shape;

  [[nodiscard]] std::int64_t size_bytes() const {
    return shape.elements() * tilewright::size_bytes(dtype);
  }

  /// The elements as `T`. Errors: InvalidArgument, if `T` is not the dtype or the view has no
  /// memory.
  template <typename T>
  [[nodiscard]] Result<std::span<T>> as() const {
    using Element = std::remove_const_t<T>;
    static_assert(std::is_const_v<T> || !std::is_const_v<Byte>, "as<const T>() of a const view");
    if (data == nullptr) {
      return Error{ErrorCode::InvalidArgument,
                   "tensor view: expected a tensor, got none (no such index or name)"};
    }
    if (kDTypeOf<Element> != dtype) {
      return Error{ErrorCode::InvalidArgument, std::string("tensor view: expected ") +
                                                   to_string(dtype) + ", got " +
                                                   to_string(kDTypeOf<Element>)};
    }
    return std::span<T>(reinterpret_cast<T*>(data), static_cast<std::size_t>(shape.elements()));
  }
};

using TensorView = BasicTensorView<const std::byte>;
using MutableTensorView = BasicTensorView<std::byte>;

}  // namespace tilewright
