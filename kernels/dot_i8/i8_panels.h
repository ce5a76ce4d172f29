// SPDX-License-Identifier: Apache-2.0
// Weights, biases and multipliers as the int8 kernels read them: panels of nr columns.
//
//   Rescaling | biases [panel][nr] | multipliers [panel][nr] | weights [panel][steps][nr][products]
//
// Each part begins at a cache line. The depth runs over kh, kw, channels and is filled up with
// zeros to whole steps. A bias has the zero point of src, times the sum of its column, taken off.
#pragma once

#include "kernels/dot/dot_geometry.h"
#include "kernels/dot_i8/dot_i8_variant.h"
#include "kernels/dot_i8/rescaling.h"

namespace tilewright::kernels {

struct I8Panels {
  const Rescaling* rescaling;
  const std::int32_t* biases;
  const float* multipliers;
  const std::int8_t* weights;
};

/// Steps of the reduction.
[[nodiscard]] inline std::int64_t i8_steps(const DotGeometry& geometry,
                                           const DotI8Variant& variant) {
  return (geometry.depth() + variant.products - 1) / variant.products;
}

[[nodiscard]] std::int64_t i8_panels_bytes(const DotGeometry& geometry,
                                           const DotI8Variant& variant);
[[nodiscard]] I8Panels i8_panels_of(const DotGeometry& geometry, const DotI8Variant& variant,
                                    const std::byte* packed);
/// Packs the constants of `call`, which has this geometry: weights and bias.
void pack_i8_panels(const Call& call, const DotGeometry& geometry, const DotI8Variant& variant,
                    std::span<const std::byte* const> constants, std::byte* packed);

}  // namespace tilewright::kernels
