// SPDX-License-Identifier: Apache-2.0
// Tensors whose elements are known at import: read from the file, or computed from such.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tilewright/tensor.h"

namespace tilewright::importer {

/// Dense elements, innermost dimension last, of any alignment. `owner` keeps `bytes` alive and is
/// shared by all tensors that show the same bytes; null if they lie in the file being imported.
struct Tensor {
  DType dtype = DType::Float32;
  Shape shape;
  std::shared_ptr<const std::vector<std::byte>> owner;
  std::span<const std::byte> bytes;
};

/// A tensor that owns `bytes`; their number must be that of dtype and shape.
[[nodiscard]] Tensor make_tensor(DType dtype, const Shape& shape, std::vector<std::byte> bytes);
[[nodiscard]] Tensor make_tensor(const Shape& shape, std::span<const float> elements);
[[nodiscard]] Tensor make_tensor(const Shape& shape, std::span<const std::int64_t> elements);

/// The elements as integers; the dtype must be an integer or Bool.
[[nodiscard]] std::vector<std::int64_t> integers(const Tensor& tensor);
/// The elements as doubles, of any dtype.
[[nodiscard]] std::vector<double> reals(const Tensor& tensor);
[[nodiscard]] bool is_integer(DType dtype);

/// The numbers as elements of `dtype`, by the rules of Cast (docs/numerics.md).
[[nodiscard]] Tensor from_integers(DType dtype, const Shape& shape,
                                   std::span<const std::int64_t> elements);
[[nodiscard]] Tensor from_reals(DType dtype, const Shape& shape, std::span<const double> elements);

}  // namespace tilewright::importer
