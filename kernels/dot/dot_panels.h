// SPDX-License-Identifier: Apache-2.0
// Weights and bias as the dot kernel reads them: panels of nr columns.
//
//   zeros [nr] | bias [group][panel][nr] | fill to a cache line | weights [group][panel][depth][nr]
//
// The depth runs over kh, kw, channels. Columns beyond the last one of a group are 0.
#pragma once

#include "kernels/dot/dot_geometry.h"
#include "kernels/dot/dot_variant.h"

namespace tilewright::kernels {

/// The panels of one group.
struct DotPanels {
  const float* zeros;
  const float* bias;
  const float* weights;
};

[[nodiscard]] inline std::int64_t panel_count(std::int64_t columns, const DotVariant& variant) {
  return (columns + variant.nr - 1) / variant.nr;
}

/// Floats of the panels of all groups.
[[nodiscard]] std::int64_t panel_floats(const DotGeometry& geometry, const DotVariant& variant);

/// The panels of `group` in memory laid out as above.
[[nodiscard]] DotPanels panels_of(const DotGeometry& geometry, const DotVariant& variant,
                                  const float* packed, std::int64_t group);

/// Where an element of the unpacked weights is.
struct WeightStrides {
  std::int64_t column = 0, filter_h = 0, filter_w = 0, channel = 1;
};

/// Packs weights, and bias unless it is null (then 0); of each group only the panels of `columns`.
void pack_panels(const DotGeometry& geometry, const DotVariant& variant, const float* weights,
                 const WeightStrides& strides, const float* bias, float* packed,
                 ColumnRange columns = {});

}  // namespace tilewright::kernels
