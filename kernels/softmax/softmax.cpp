// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax/softmax.h"

#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

bool computes(const Call& call, const Kernel&) {
  return is_float_op<Softmax>(call);
}

constexpr Kernel kKernels[] = {
    portable_kernel("softmax", "softmax_reference", computes, run_softmax_reference),
};

}  // namespace

std::span<const Kernel> softmax_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
