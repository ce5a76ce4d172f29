// SPDX-License-Identifier: Apache-2.0
#include "kernels/reduce/reduce.h"

#include "kernels/reduce/reduce_generated.h"
#include "kernels/reduce/reduce_strips.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

bool computes(const Call& call, const Kernel&) {
  const DType dtype = call.dst.dtype;
  const bool known = dtype == DType::Float32 || dtype == DType::Int32 || dtype == DType::Int64;
  return is_op<Reduce>(call) && known && call.src[0].dtype == dtype;
}

constexpr std::array kReferences = {
    portable_kernel("reduce", "reduce_reference", computes, run_reduce_reference),
};

constexpr auto kKernels = joined(
    variant_kernels("reduce", kReduceColumnsVariants, reduce_columns_support, run_reduce_columns),
    variant_kernels("reduce", kReduceRowsVariants, reduce_rows_support, run_reduce_rows),
    kReferences);

}  // namespace

std::span<const Kernel> reduce_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
