// SPDX-License-Identifier: Apache-2.0
// Networks whose activations are large early on, as traffic problems: int8, sizes by shape alone.
#pragma once

#include <cstdint>

#include "scheduler/problem.h"

namespace tilewright::bench {

enum class AddInPlace : std::uint8_t { No, Yes };

/// DenseNet-121 at 224x224 with the batch norms before convolutions as a multiplication and an
/// addition, the padding before the first pool as an op of its own, and concatenations that copy.
/// Source: Huang et al., Densely connected convolutional networks, CVPR 2017, table 1.
[[nodiscard]] scheduler::Problem densenet121(AddInPlace add_in_place);

/// U-Net with `channels` at the top, four times halved, at `side` x `side`.
/// Source: Ronneberger et al., U-Net, 2015, with padding.
[[nodiscard]] scheduler::Problem unet(std::int64_t side, std::int64_t channels);

/// MobileNetV2 1.0 at 224x224, activations fused.
/// Source: Sandler et al., MobileNetV2, CVPR 2018, table 2.
[[nodiscard]] scheduler::Problem mobilenet_v2();

/// `problem` with a fast bank of `fast_bytes` and an external one, all counted in units of 64
/// bytes.
[[nodiscard]] scheduler::Problem with_fast_bank(scheduler::Problem problem,
                                                std::int64_t fast_bytes);

}  // namespace tilewright::bench
