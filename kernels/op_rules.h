// SPDX-License-Identifier: Apache-2.0
// The law of each op: which operands it accepts and what it gives. Importers, the graph's verifier
// and the plan file's reader all ask here, so a shape that reaches a kernel has been checked in one
// place.
#pragma once

#include <span>
#include <string_view>

#include "tilewright/ops.h"
#include "tilewright/status.h"
#include "tilewright/tensor.h"

namespace tilewright::kernels {

/// The name printed in messages, JSON and files: `conv2d`.
[[nodiscard]] std::string_view op_name(const Op& op);

/// Checks attributes and operands completely (ranks, extents, dtypes that must agree, strides of at
/// least 1, windows that fit, groups that divide, axes in range, sizes that do not overflow) and
/// gives the spec of the output: its name is empty and its quantisation that of no tensor. Whether
/// a kernel exists for the dtypes is not asked.
///
/// Errors: InvalidArgument, "conv2d: expected 3 input channels, got 4".
[[nodiscard]] Result<TensorSpec> infer_output(const Op& op, std::span<const TensorSpec> src);

/// Multiply-accumulates of a call: convolutions, fully connected and matmul; 0 for all others.
[[nodiscard]] std::int64_t macs(const Op& op, std::span<const TensorSpec> src,
                                const TensorSpec& dst);

}  // namespace tilewright::kernels
