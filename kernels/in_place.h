// SPDX-License-Identifier: Apache-2.0
// Which inputs an op may be computed over.
#pragma once

#include <cstddef>

#include "tilewright/ops.h"

namespace tilewright::kernels {

/// Whether every kernel of `op` gives the right output when its memory is that of input `input`,
/// with the same base and strides, provided that input has the output's shape and dtype. True of
/// Activate, Unary and Binary, and of the residual of Conv2d: they read each element of it before
/// they write there, and nowhere else. (A tile of a convolution holds its part of the residual in
/// registers or scratch before any of it is stored, and no two tiles share a cell.)
[[nodiscard]] bool may_run_in_place(const Op& op, std::size_t input);

}  // namespace tilewright::kernels
