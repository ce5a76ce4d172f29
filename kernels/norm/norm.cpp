// SPDX-License-Identifier: Apache-2.0
#include "kernels/norm/norm.h"

#include "kernels/norm/norm_generated.h"
#include "kernels/norm/norm_rows.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

bool computes(const Call& call, const Kernel&) {
  return is_float_op<LocalResponseNorm>(call);
}

constexpr auto row_kernels() {
  auto kernels =
      variant_kernels("norm", kNormVariants, local_response_rows_support, run_local_response_rows);
  for (Kernel& kernel : kernels)
    kernel.scratch_bytes = local_response_scratch_bytes;
  return kernels;
}

constexpr std::array kReferences = {
    portable_kernel("norm", "local_response_norm_reference", computes,
                    run_local_response_norm_reference),
};

constexpr auto kKernels = joined(row_kernels(), kReferences);

}  // namespace

std::span<const Kernel> norm_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
