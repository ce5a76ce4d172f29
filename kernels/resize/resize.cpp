// SPDX-License-Identifier: Apache-2.0
#include "kernels/resize/resize.h"

#include "kernels/resize/resize_generated.h"
#include "kernels/resize/resize_lines.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

bool computes(const Call& call, const Kernel&) {
  return is_float_op<Resize2d>(call);
}

constexpr auto bilinear_kernels() {
  auto kernels = variant_kernels("resize", kResizeVariants, bilinear_supports, run_bilinear_lines);
  for (Kernel& kernel : kernels)
    kernel.scratch_bytes = bilinear_scratch_bytes;
  return kernels;
}

constexpr auto nearest_kernels() {
  std::array kernels = {
      portable_kernel("resize", "resize_nearest_lines", nearest_supports, run_nearest_lines)};
  kernels[0].scratch_bytes = nearest_scratch_bytes;
  return kernels;
}

constexpr std::array kReferences = {
    portable_kernel("resize", "resize2d_reference", computes, run_resize2d_reference),
};

constexpr auto kKernels = joined(bilinear_kernels(), nearest_kernels(), kReferences);

}  // namespace

std::span<const Kernel> resize_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
