// SPDX-License-Identifier: Apache-2.0
// Activations as the end of other families' kernels.
#pragma once

#include "tilewright/ops.h"
#include "tilewright/platform.h"

namespace tilewright::kernels {

/// Whether the activation is a clamp, and between which bounds; None is one between infinities. A
/// clamp keeps NaN.
[[nodiscard]] bool is_clamp(const Activation& activation, float& lo, float& hi);

/// Applies `activation` to `rows` rows of `columns` floats, `row_stride` floats apart, with the
/// strips of `isa`, which this machine must have. Gives the bits of an `Activate` on this `isa`.
void apply_activation_rows(const Activation& activation, float* data, std::int64_t rows,
                           std::int64_t columns, std::int64_t row_stride, Isa isa);

}  // namespace tilewright::kernels
