// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot_i8/i8_panels.h"

#include <algorithm>
#include <cstring>

#include "kernels/cache_lines.h"

namespace tilewright::kernels {
namespace {

/// Bytes from the beginning to each part.
struct Parts {
  std::int64_t biases, multipliers, weights, end;
};

Parts parts_of(const DotGeometry& geometry, const DotI8Variant& variant) {
  const std::int64_t columns = (geometry.columns + variant.nr - 1) / variant.nr * variant.nr;
  Parts parts{};
  parts.biases = whole_line_bytes(sizeof(Rescaling));
  parts.multipliers = whole_line_bytes(parts.biases + 4 * columns);
  parts.weights = whole_line_bytes(parts.multipliers + 4 * columns);
  parts.end = parts.weights + columns * i8_steps(geometry, variant) * variant.products;
  return parts;
}

/// One column of a panel; the sum of its weights.
std::int64_t pack_column(const std::int8_t* weights, std::int64_t depth,
                         const DotI8Variant& variant, std::int8_t* column) {
  const std::int64_t products = variant.products;
  std::int64_t sum = 0;
  for (std::int64_t k = 0; k < depth; ++k) {
    column[k / products * variant.nr * products + k % products] = weights[k];
    sum += weights[k];
  }
  return sum;
}

}  // namespace

std::int64_t i8_panels_bytes(const DotGeometry& geometry, const DotI8Variant& variant) {
  return parts_of(geometry, variant).end;
}

I8Panels i8_panels_of(const DotGeometry& geometry, const DotI8Variant& variant,
                      const std::byte* packed) {
  const Parts parts = parts_of(geometry, variant);
  return {reinterpret_cast<const Rescaling*>(packed),
          reinterpret_cast<const std::int32_t*>(packed + parts.biases),
          reinterpret_cast<const float*>(packed + parts.multipliers),
          reinterpret_cast<const std::int8_t*>(packed + parts.weights)};
}

void pack_i8_panels(const Call& call, const DotGeometry& geometry, const DotI8Variant& variant,
                    std::span<const std::byte* const> constants, std::byte* packed) {
  const Parts parts = parts_of(geometry, variant);
  const std::int64_t depth = geometry.depth();
  std::memset(packed, 0, static_cast<std::size_t>(parts.end));
  const Rescaling rescaling = rescaling_of(call, dense_activation(call.op));
  std::memcpy(packed, &rescaling, sizeof rescaling);
  auto* biases = reinterpret_cast<std::int32_t*>(packed + parts.biases);
  auto* multipliers = reinterpret_cast<float*>(packed + parts.multipliers);
  auto* panels = reinterpret_cast<std::int8_t*>(packed + parts.weights);
  const auto* weights = reinterpret_cast<const std::int8_t*>(constants[1]);
  const std::int64_t zero = rescaling.src_zero_point + (variant.flips ? 128 : 0);
  const std::int64_t panel_bytes = i8_steps(geometry, variant) * variant.products * variant.nr;
  for (std::int64_t column = 0; column < geometry.columns; ++column) {
    const std::int64_t panel = column / variant.nr;
    const std::int64_t place = panel * panel_bytes + column % variant.nr * variant.products;
    const std::int64_t sum = pack_column(weights + column * depth, depth, variant, panels + place);
    std::int32_t bias = 0;
    std::memcpy(&bias, constants[2] + 4 * column, sizeof bias);
    biases[column] = static_cast<std::int32_t>(static_cast<std::uint32_t>(bias - zero * sum));
    multipliers[column] = multiplier_of(call, column);
  }
}

}  // namespace tilewright::kernels
