// SPDX-License-Identifier: Apache-2.0
// Families of networks: one architecture at many widths and resolutions.
#pragma once

#include <cstdint>
#include <string_view>

#include "tilewright/status.h"

#include "lib/graph/graph.h"
#include "tools/networks/weights.h"

namespace tilewright::networks {

enum class Family : std::uint8_t {
  MobilenetV1,  // Howard et al., arXiv 1704.04861, table 1
  MobilenetV2,  // Sandler et al., arXiv 1801.04381, table 2
  Resnet,       // ResNet-18 of He et al., arXiv 1512.03385, table 1
  Unet,         // Ronneberger et al., arXiv 1505.04597, figure 1, padded, with 4 poolings
};
inline constexpr Family kFamilies[] = {Family::MobilenetV1, Family::MobilenetV2, Family::Resnet,
                                       Family::Unet};

/// The name as on the command line: `mobilenet_v1`.
[[nodiscard]] const char* to_string(Family family);

/// A member of a family.
struct NetworkSize {
  double width = 1;             // of every layer, beside the paper's
  std::int64_t resolution = 0;  // side of the square input image of 3 channels
};

/// Widest and largest members that are built.
inline constexpr double kMaxWidth = 16;
inline constexpr std::int64_t kMaxResolution = 4096;

/// The graph of a member, float32, batch 1, with batch norms folded and activations and residual
/// additions fused, as the rewrites would leave it. Channels are rounded to multiples of 8 as in
/// MobileNet's code: to the nearest, at least 8, never below 90 % of the exact number.
///
/// Errors: InvalidArgument, for a width not above 0 or above kMaxWidth, a resolution outside 32 to
/// kMaxResolution, or one that is no multiple of 16 for U-Net.
[[nodiscard]] Result<graph::Graph> build_network(Family family, const NetworkSize& size,
                                                 const WeightSource& weights);

}  // namespace tilewright::networks
