// SPDX-License-Identifier: Apache-2.0
// ONNX puts channels second, Tilewright last. Around each op whose meaning depends on it stand two
// transposes; the rewrites cancel those that meet.
#pragma once

#include "tilewright/status.h"

#include "lib/import/onnx_node.h"

namespace tilewright::importer::onnx {

/// n, c, d1.. to n, d1.., c; a value of fewer than 3 dimensions is as it is.
[[nodiscard]] Result<Operand> to_channels_last(NodeImport& node, const Operand& x);
/// The inverse of `to_channels_last`.
[[nodiscard]] Result<Operand> to_channels_first(NodeImport& node, const Operand& x);

/// A sequence n, c, w as an image n, c, 1, w; images are as they are.
/// Errors: Unsupported above two spatial dimensions; InvalidModel below one.
[[nodiscard]] Result<Operand> as_image(NodeImport& node, const Operand& x);
/// Takes the row dimension that `as_image` added away, if `rank` is that of a sequence.
[[nodiscard]] Result<Operand> from_image(NodeImport& node, const Operand& x, int rank);

/// Adds `op` with transposes around it: `x` is its channels-first operand, `rest` follow as they
/// are.
[[nodiscard]] Result<Operand> emit_channels_last(NodeImport& node, Op op, const Operand& x,
                                                 const std::vector<Operand>& rest = {});

}  // namespace tilewright::importer::onnx
