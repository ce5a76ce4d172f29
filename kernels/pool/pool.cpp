// SPDX-License-Identifier: Apache-2.0
#include "kernels/pool/pool.h"

#include "kernels/pool/pool_generated.h"
#include "kernels/pool/pool_strips.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

bool computes(const Call& call, const Kernel&) {
  return is_float_op<Pool2d>(call);
}

constexpr std::array kReferences = {
    portable_kernel("pool", "pool2d_reference", computes, run_pool2d_reference),
};

constexpr auto kKernels = joined(
    variant_kernels("pool", kPoolVariants, pool_strips_support, run_pool_strips), kReferences);

}  // namespace

std::span<const Kernel> pool_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
