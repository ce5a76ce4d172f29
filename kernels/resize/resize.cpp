// SPDX-License-Identifier: Apache-2.0
#include "kernels/resize/resize.h"

#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

bool computes(const Call& call, const Kernel&) {
  return is_float_op<Resize2d>(call);
}

constexpr Kernel kKernels[] = {
    portable_kernel("resize", "resize2d_reference", computes, run_resize2d_reference),
};

}  // namespace

std::span<const Kernel> resize_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
