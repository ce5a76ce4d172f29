// SPDX-License-Identifier: Apache-2.0
#include "kernels/depthwise/depthwise.h"

#include "kernels/depthwise/depthwise_references.h"
#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

bool reference_computes(const Call& call, const Kernel&) {
  return is_float_op<DepthwiseConv2d>(call);
}

constexpr Kernel kKernels[] = {
    portable_kernel("depthwise", "depthwise_conv2d_reference", reference_computes,
                    run_depthwise_reference),
};

}  // namespace

std::span<const Kernel> depthwise_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
