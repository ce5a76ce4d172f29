// SPDX-License-Identifier: Apache-2.0
// Computes one op now, with the reference kernels.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "kernels/kernel.h"
#include "lib/graph/graph.h"

namespace tilewright::rewriting {

/// The elements of the call's output, given those of its inputs, dense and aligned to
/// kTensorAlignment. Nothing, if no reference kernel computes the call.
[[nodiscard]] std::optional<graph::Constant> evaluate(const kernels::Call& call,
                                                      std::span<const std::byte* const> src);

}  // namespace tilewright::rewriting
