// SPDX-License-Identifier: Apache-2.0
// Whether an arm64 processor sums products of bytes (FEAT_DotProd).
#pragma once

namespace tilewright::runtime {

[[nodiscard]] bool has_dot_products();

}  // namespace tilewright::runtime
