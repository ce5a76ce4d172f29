// SPDX-License-Identifier: Apache-2.0
// Activations by generated strips.
#pragma once

#include "kernels/elementwise/elementwise_variant.h"

namespace tilewright::kernels {

/// A strip and the values of its parameters.
struct ActivationStrip {
  Strip strip;
  float alpha;
  float beta;
};

[[nodiscard]] ActivationStrip activation_strip(const ActivateVariant& variant,
                                               const Activation& activation);

/// The variant of an instruction set; null if there is none.
[[nodiscard]] const ActivateVariant* activate_variant(Isa isa);

}  // namespace tilewright::kernels
