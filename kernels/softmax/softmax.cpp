// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax/softmax.h"

#include "kernels/softmax/softmax_generated.h"
#include "kernels/softmax/softmax_strips.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

bool computes(const Call& call, const Kernel&) {
  return is_float_op<Softmax>(call);
}

constexpr auto strip_kernels() {
  auto kernels =
      variant_kernels("softmax", kSoftmaxVariants, softmax_strips_support, run_softmax_strips);
  for (Kernel& kernel : kernels) {
    kernel.row_granule = softmax_granule;
    kernel.scratch_bytes = softmax_scratch_bytes;
  }
  return kernels;
}

constexpr std::array kReferences = {
    portable_kernel("softmax", "softmax_reference", computes, run_softmax_reference),
};

constexpr auto kKernels = joined(strip_kernels(), kReferences);

}  // namespace

std::span<const Kernel> softmax_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
