// SPDX-License-Identifier: Apache-2.0
// The tensors of a subgraph as the file tells them, each checked on its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tilewright/tensor.h"

#include "lib/import/tflite_file.h"

namespace tilewright::importer::tflite {

struct StoredTensor {
  std::string label;                 // for messages: tensor 17 'stem/weights'
  TensorSpec spec;                   // as stored: free dimensions hold what the file says, mostly 1
  std::uint32_t free_dims = 0;       // bit i: dimension i is free
  bool rank_known = true;            // false: an empty shape that may stand for any
  std::span<const std::byte> bytes;  // of a constant; points into the file
  std::uint32_t buffer = 0;
  bool is_constant = false;
  bool is_variable = false;
  /// Why no value of ours can hold it: "type STRING"; empty if one can.
  std::string unsupported;
};

/// The element type of ours that `type` is, if there is one.
[[nodiscard]] std::optional<DType> dtype_of(schema::TensorType type);

/// Reads all tensors of `subgraph`. Errors: InvalidModel: types outside the format, ranks above 8,
/// negative extents, too many elements, quantisation that cannot be, a constant whose buffer is
/// absent or does not have the bytes of its shape.
[[nodiscard]] Result<std::vector<StoredTensor>> read_tensors(const File& file,
                                                             const schema::SubGraph& subgraph);

}  // namespace tilewright::importer::tflite
