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

struct DepthwiseJob {
  const DepthwiseVariant* variant;           // null: only `any` is used
  std::span<const DepthwiseAnyVariant> any;  // by growing blocks; the first takes any channels
  DepthwiseShape shape;
  Activation activation;
  Images src, dst;
  const float* filter;  // [filter_h][filter_w][channels]
  const float* bias;
  std::int64_t block_rows;  // rows of output pixels at once; 0 for all
  float* scratch;           // `depthwise_scratch_floats`
};

/// Room for the input of one row of output pixels, each channel repeated; 0 if none is.
[[nodiscard]] std::int64_t depthwise_scratch_floats(const DepthwiseShape& shape);

/// Computes rows of output pixels [begin, end), counted over all images.
void run_depthwise(const DepthwiseJob& job, std::int64_t begin, std::int64_t end);

}  // namespace tilewright::kernels
