// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot/dot_panels.h"

#include <algorithm>

#include "kernels/copy/transpose_tile.h"

namespace tilewright::kernels {
namespace {

/// Floats before the weights.
std::int64_t head_floats(const DotGeometry& geometry, const DotVariant& variant) {
  const std::int64_t head =
      variant.nr * (1 + geometry.groups * panel_count(geometry.columns, variant));
  return whole_lines(head);
}

/// One tap of `columns` of the panel's, channel by channel; columns that there are not stay 0.
void pack_rows(std::int64_t channels, const float* tap, const WeightStrides& strides,
               std::int64_t columns, std::int64_t nr, float* panel) {
  for (std::int64_t c = 0; c < channels; ++c)
    std::fill(panel + c * nr + columns, panel + (c + 1) * nr, 0.0F);
  if (strides.channel == 1) {
    transpose_matrix({channels, columns, nr, strides.column}, reinterpret_cast<std::byte*>(panel),
                     reinterpret_cast<const std::byte*>(tap), sizeof(float));
    return;
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t j = 0; j < columns; ++j)
      panel[c * nr + j] = tap[c * strides.channel + j * strides.column];
  }
}

/// The same with each `depth` channels of a column side by side.
void pack_groups(std::int64_t channels, const float* tap, const WeightStrides& strides,
                 std::int64_t columns, std::int64_t nr, std::int64_t depth, float* panel) {
  for (std::int64_t c = 0; c < channels; c += depth, panel += nr * depth) {
    for (std::int64_t j = 0; j < columns; ++j) {
      for (std::int64_t p = 0; p < depth; ++p)
        panel[j * depth + p] = tap[(c + p) * strides.channel + j * strides.column];
    }
    std::fill(panel + columns * depth, panel + nr * depth, 0.0F);
  }
}

void pack_tap(const DotVariant& variant, std::int64_t channels, const float* tap,
              const WeightStrides& strides, std::int64_t columns, float* panel) {
  if (variant.depth == 1) return pack_rows(channels, tap, strides, columns, variant.nr, panel);
  pack_groups(channels, tap, strides, columns, variant.nr, variant.depth, panel);
}

void pack_panel(const DotGeometry& geometry, const DotVariant& variant, const float* weights,
                const WeightStrides& strides, std::int64_t columns, float* panel) {
  for (std::int64_t kh = 0; kh < geometry.filter_h; ++kh) {
    for (std::int64_t kw = 0; kw < geometry.filter_w; ++kw, panel += geometry.channels * variant.nr)
      pack_tap(variant, geometry.channels, weights + kh * strides.filter_h + kw * strides.filter_w,
               strides, columns, panel);
  }
}

}  // namespace

std::int64_t panel_floats(const DotGeometry& geometry, const DotVariant& variant) {
  return head_floats(geometry, variant) +
         geometry.groups * panel_count(geometry.columns, variant) * geometry.depth() * variant.nr;
}

DotPanels panels_of(const DotGeometry& geometry, const DotVariant& variant, const float* packed,
                    std::int64_t group) {
  const std::int64_t first = group * panel_count(geometry.columns, variant) * variant.nr;
  return {packed, packed + variant.nr + first,
          packed + head_floats(geometry, variant) + first * geometry.depth()};
}

void pack_panels(const DotGeometry& geometry, const DotVariant& variant, const float* weights,
                 const WeightStrides& strides, const float* bias, float* packed,
                 ColumnRange columns) {
  const std::int64_t nr = variant.nr;
  float* bias_at = packed + nr;
  float* panel = packed + head_floats(geometry, variant);
  std::fill(packed, panel, 0.0F);
  for (std::int64_t group = 0; group < geometry.groups; ++group) {
    for (std::int64_t first = 0; first < geometry.columns; first += nr) {
      const std::int64_t count = std::min(nr, geometry.columns - first);
      const std::int64_t column = group * geometry.columns + first;
      if (first >= columns.begin && first < columns.end) {
        if (bias != nullptr) std::copy_n(bias + column, count, bias_at);
        pack_panel(geometry, variant, weights + column * strides.column, strides, count, panel);
      }
      bias_at += nr;
      panel += geometry.depth() * nr;
    }
  }
}

}  // namespace tilewright::kernels
