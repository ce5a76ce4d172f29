// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementwise/elementwise.h"

#include "kernels/elementwise/elementwise_references.h"
#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

template <typename T>
bool computes(const Call& call, const Kernel&) {
  return is_float_op<T>(call);
}

constexpr Kernel kKernels[] = {
    portable_kernel("elementwise", "activate_reference", computes<Activate>,
                    run_activate_reference),
    portable_kernel("elementwise", "unary_reference", computes<Unary>, run_unary_reference),
    portable_kernel("elementwise", "binary_reference", binary_reference_supports,
                    run_binary_reference),
};

}  // namespace

std::span<const Kernel> elementwise_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
