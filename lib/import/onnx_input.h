// SPDX-License-Identifier: Apache-2.0
// The inputs of the network: what the file says of their shapes, completed by the caller.
#pragma once

#include <span>
#include <vector>

#include "tilewright/model.h"
#include "tilewright/status.h"
#include "tilewright/tensor.h"

#include "lib/import/onnx_model.h"

namespace tilewright::importer::onnx {

/// Specs of the graph inputs that are no initializers, in the file's order. A free dimension takes
/// its extent from `shapes`, or from another input whose dimension of the same name was set there;
/// a free first dimension is else 1.
///
/// Errors: InvalidArgument, for any other free dimension, naming the flag that sets it, and for
/// `shapes` that fit no input; InvalidModel; Unsupported, for types other than tensors of a known
/// element type.
[[nodiscard]] Result<std::vector<TensorSpec>> input_specs(const GraphProto& graph,
                                                          std::span<const InputShape> shapes);

}  // namespace tilewright::importer::onnx
