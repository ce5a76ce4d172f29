// SPDX-License-Identifier: Apache-2.0
// The configurations of the dot kernels.
#pragma once

#include "kernels/dot/dot_loops.h"

namespace tilewright::kernels {

/// The ways to bring src to the kernel that compute this geometry rightly, the likely best first;
/// none if the kernel cannot.
[[nodiscard]] std::vector<DotInput> dot_inputs(const DotGeometry& geometry,
                                               const DotVariant& variant);

/// The configurations worth trying, the default first.
[[nodiscard]] std::vector<KernelConfig> dot_configs(const DotGeometry& geometry,
                                                    const DotVariant& variant);

/// Whether `config` computes this geometry rightly, however slowly, in scratch of a sane size.
[[nodiscard]] bool dot_config_ok(const DotGeometry& geometry, const DotVariant& variant,
                                 const KernelConfig& config);

}  // namespace tilewright::kernels
