// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot/dot.h"

#include "kernels/dot/dot_generated.h"
#include "kernels/dot/dot_references.h"
#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

template <typename T>
bool reference_computes(const Call& call, const Kernel&) {
  return is_float_op<T>(call);
}

constexpr Kernel kKernels[] = {
    portable_kernel("dot", "conv2d_reference", reference_computes<Conv2d>, run_conv2d_reference),
    portable_kernel("dot", "fully_connected_reference", reference_computes<FullyConnected>,
                    run_fully_connected_reference),
    portable_kernel("dot", "matmul_reference", reference_computes<MatMul>, run_matmul_reference),
};

}  // namespace

std::span<const Kernel> dot_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
