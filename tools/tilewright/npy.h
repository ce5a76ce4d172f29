// SPDX-License-Identifier: Apache-2.0
// Tensors in NumPy's .npy files, version 1 to 3, C order, little-endian.
// Source: numpy.lib.format, "Format Specification: Version 1.0".
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tilewright/status.h"
#include "tilewright/tensor.h"

namespace tilewright::tool {

struct NpyArray {
  DType dtype = DType::Float32;
  Shape shape;
  std::vector<std::byte> bytes;
};

/// Errors: NotFound, IoError; InvalidArgument, "x.npy: expected ..., got ...".
[[nodiscard]] Result<NpyArray> read_npy(const std::string& path);

/// Replaces the file in one step. Errors: IoError; InvalidArgument, for a dtype NumPy lacks.
[[nodiscard]] Status write_npy(const std::string& path, const TensorView& tensor);

}  // namespace tilewright::tool
