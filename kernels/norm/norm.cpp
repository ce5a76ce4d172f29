// SPDX-License-Identifier: Apache-2.0
#include "kernels/norm/norm.h"

#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

bool computes(const Call& call, const Kernel&) {
  return is_float_op<LocalResponseNorm>(call);
}

constexpr Kernel kKernels[] = {
    portable_kernel("norm", "local_response_norm_reference", computes,
                    run_local_response_norm_reference),
};

}  // namespace

std::span<const Kernel> norm_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
