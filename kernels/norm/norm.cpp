// SPDX-License-Identifier: Apache-2.0
#include "kernels/norm/norm.h"

#include "kernels/norm/norm_generated.h"
#include "kernels/norm/norm_rows.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

template <typename T>
bool computes(const Call& call, const Kernel&) {
  return is_float_op<T>(call);
}

constexpr auto local_response_kernels() {
  auto kernels =
      variant_kernels("norm", kNormVariants, local_response_rows_support, run_local_response_rows);
  for (Kernel& kernel : kernels)
    kernel.scratch_bytes = local_response_scratch_bytes;
  return kernels;
}

constexpr std::array kReferences = {
    portable_kernel("norm", "local_response_norm_reference", computes<LocalResponseNorm>,
                    run_local_response_norm_reference),
    portable_kernel("norm", "layer_norm_reference", computes<LayerNorm>, run_layer_norm_reference),
};

constexpr auto kKernels = joined(
    local_response_kernels(),
    variant_kernels("norm", kLayerNormVariants, layer_norm_rows_support, run_layer_norm_rows),
    kReferences);

}  // namespace

std::span<const Kernel> norm_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
