// SPDX-License-Identifier: Apache-2.0
#include "kernels/pool/pool.h"

#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

bool computes(const Call& call, const Kernel&) {
  return is_float_op<Pool2d>(call);
}

constexpr Kernel kKernels[] = {
    portable_kernel("pool", "pool2d_reference", computes, run_pool2d_reference),
};

}  // namespace

std::span<const Kernel> pool_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
