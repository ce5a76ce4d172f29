// SPDX-License-Identifier: Apache-2.0
// The shapes of a graph's inputs: what the file says, with free dimensions as the caller sets them.
#pragma once

#include <span>
#include <vector>

#include "lib/import/import.h"
#include "lib/import/tflite_tensors.h"

namespace tilewright::importer::tflite {

/// One shape per input. A free batch dimension (the first) that nobody sets is 1.
///
/// Errors: InvalidArgument: a free dimension that is not set, with the flag to give; a shape for an
/// input that is not there or given twice; a shape of another rank or that changes what the file
/// fixes.
[[nodiscard]] Result<std::vector<Shape>> resolve_input_shapes(std::span<const StoredTensor> tensors,
                                                              std::span<const std::int32_t> inputs,
                                                              std::span<const InputShape> given);

}  // namespace tilewright::importer::tflite
