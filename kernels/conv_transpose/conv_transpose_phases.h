// SPDX-License-Identifier: Apache-2.0
// A transposed convolution of stride s as s * s plain convolutions of stride 1: the outputs of one
// phase, (y mod s, x mod s), meet the same taps of the filter.
//
// Source: Shi et al., "Is the deconvolution layer the same as a convolutional layer?", 2016.
#pragma once

#include "kernels/dot/dot_geometry.h"

namespace tilewright::kernels {

/// The taps of one phase along one axis: `count` of them, tap i of which is filter index
/// first + i * step and reads input index (output index / s) + offset + i * dilation. `step` is
/// negative: the filter is met from its end.
struct PhaseTaps {
  std::int64_t count = 0, first = 0, step = 0;
  std::int64_t offset = 0, dilation = 1;
};
[[nodiscard]] PhaseTaps phase_taps(std::int64_t phase, std::int64_t filter, std::int64_t stride,
                                   std::int64_t dilation, std::int64_t pad);

struct Phase {
  std::int64_t y = 0, x = 0;  // the first output
  PhaseTaps taps_h, taps_w;
  DotGeometry geometry;
};

[[nodiscard]] Phase phase_of(const ConvTranspose2d& op, const DotShapes& shapes, std::int64_t y,
                             std::int64_t x);

}  // namespace tilewright::kernels
