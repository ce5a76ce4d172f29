// SPDX-License-Identifier: Apache-2.0
// The loops around the generated depthwise functions: borders apart, blocks of rows, activations.
#pragma once

#include "kernels/depthwise/depthwise_variant.h"
#include "kernels/images.h"

namespace tilewright::kernels {

struct DepthwiseShape {
  Window window;
  std::int64_t src_h, src_w, src_channels;
  std::int64_t dst_h, dst_w, channels;
  std::int64_t filter_h, filter_w;

  /// Output channels per input channel.
  [[nodiscard]] std::int64_t multiplier() const { return channels / src_channels; }
};

[[nodiscard]] DepthwiseShape depthwise_shape(const DepthwiseConv2d& op, const Shape& src,
                                             const Shape& filter, const Shape& dst);

/// `KernelConfig::algorithm` of this family: how the kernels read src.
enum class DepthwiseInput : std::int32_t {
  InPlace,  // borders by kernels that skip the taps in the padding
  Strip,    // blocks of channels copied with their padding, so that all windows are alike
};

/// `KernelConfig` means: `block_rows` rows of output pixels at once, 0 for all; `block_columns`
/// channels of a strip (0 if InPlace).
struct DepthwiseJob {
  const DepthwiseVariant* variant;  // null: only `any` is used
  const DepthwiseCopy* copy;
  const KernelConfig& config;
  std::span<const DepthwiseVariant> borders;  // for the windows that lose taps to the padding
  std::span<const DepthwiseAnyVariant> any;   // by growing blocks; the first takes any channels
  DepthwiseShape shape;
  Activation activation;
  Images src, dst;
  std::int64_t tap_stride;
  const float* filter;  // [filter_h][filter_w][tap_stride]
  const float* bias;
  float* scratch;  // `depthwise_scratch_floats`
};

/// The distance of packed taps, in elements: an odd number of cache lines, so that the taps of a
/// block of channels lie in different sets of the first-level cache.
[[nodiscard]] std::int64_t depthwise_tap_stride(std::int64_t channels);

/// Room for a strip; or for the input of one row of output pixels with each channel repeated for
/// its outputs; or nothing.
[[nodiscard]] std::int64_t depthwise_scratch_floats(const DepthwiseShape& shape,
                                                    const KernelConfig& config);

struct DepthwiseClamp {
  float lo, hi;
};

/// One row of output pixels and more: strips of `rows` rows need this many floats.
[[nodiscard]] std::int64_t strip_floats(const DepthwiseShape& shape, std::int64_t rows,
                                        std::int64_t channels);

/// Rows of output pixels [begin, end) of image n, by strips.
void run_strips(const DepthwiseJob& job, std::int64_t n, std::int64_t begin, std::int64_t end,
                const DepthwiseClamp& clamp);

/// Computes rows of output pixels [begin, end), counted over all images.
void run_depthwise(const DepthwiseJob& job, std::int64_t begin, std::int64_t end);

}  // namespace tilewright::kernels
