// SPDX-License-Identifier: Apache-2.0
#include "kernels/reduce/reduce.h"

#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

bool computes(const Call& call, const Kernel&) {
  const DType dtype = call.dst.dtype;
  const bool known = dtype == DType::Float32 || dtype == DType::Int32 || dtype == DType::Int64;
  return is_op<Reduce>(call) && known && call.src[0].dtype == dtype;
}

constexpr Kernel kKernels[] = {
    portable_kernel("reduce", "reduce_reference", computes, run_reduce_reference),
};

}  // namespace

std::span<const Kernel> reduce_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
