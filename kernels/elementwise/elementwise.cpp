// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementwise/elementwise.h"

#include "kernels/elementwise/elementwise_generated.h"
#include "kernels/elementwise/elementwise_references.h"
#include "kernels/elementwise/elementwise_strips.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

constexpr std::string_view kFamily = "elementwise";

template <typename T>
bool computes(const Call& call, const Kernel&) {
  return is_float_op<T>(call);
}

bool activate_strips_support(const Call& call, const Kernel&) {
  return is_float_op<Activate>(call) && is_small_enough(call);
}

constexpr std::array kReferences = {
    portable_kernel(kFamily, "activate_reference", computes<Activate>, run_activate_reference),
    portable_kernel(kFamily, "unary_reference", computes<Unary>, run_unary_reference),
    portable_kernel(kFamily, "binary_reference", binary_reference_supports, run_binary_reference),
};

constexpr auto kKernels = joined(
    variant_kernels(kFamily, kActivateVariants, activate_strips_support, run_activate_strips),
    variant_kernels(kFamily, kUnaryVariants, unary_strips_support, run_unary_strips),
    variant_kernels(kFamily, kBinaryVariants, binary_strips_support, run_binary_strips),
    kReferences);

}  // namespace

std::span<const Kernel> elementwise_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
