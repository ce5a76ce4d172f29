// SPDX-License-Identifier: Apache-2.0
// The table of the dot family: the references, then one kernel per generated variant, for every op.
#include "kernels/dot/dot.h"

#include <array>

#include "kernels/dot/dot_generated.h"
#include "kernels/dot/dot_ops.h"
#include "kernels/dot/dot_references.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

/// Null if the family does not compute `op`.
const DotOp* dot_op(const Op& op) {
  if (std::holds_alternative<Conv2d>(op)) return &kDotConv2d;
  if (std::holds_alternative<ConvTranspose2d>(op)) return &kDotConvTranspose2d;
  if (std::holds_alternative<FullyConnected>(op)) return &kDotFullyConnected;
  if (std::holds_alternative<MatMul>(op)) return &kDotMatMul;
  return nullptr;
}

/// float32, and few enough elements for the generated functions, which count them in 32 bits.
bool is_reachable(const TensorSpec& spec) {
  return spec.dtype == DType::Float32 && spec.shape.elements() < (std::int64_t{1} << 31);
}

bool supports(const Call& call, const Kernel& kernel) {
  const DotOp* op = dot_op(call.op);
  if (op == nullptr || !is_reachable(call.dst)) return false;
  for (const TensorSpec& src : call.src) {
    if (!is_reachable(src)) return false;
  }
  return op->supports(call, variant_of<DotVariant>(kernel));
}

std::vector<KernelConfig> configs(const Call& call, const Kernel& kernel) {
  return dot_op(call.op)->configs(call, variant_of<DotVariant>(kernel));
}

bool config_ok(const Call& call, const Kernel& kernel, const KernelConfig& config) {
  return dot_op(call.op)->config_ok(call, variant_of<DotVariant>(kernel), config);
}

std::int64_t row_granule(const Call& call, const Kernel& kernel, const KernelConfig& config) {
  return std::max<std::int64_t>(
      dot_op(call.op)->row_granule(call, variant_of<DotVariant>(kernel), config), 1);
}

std::int64_t column_granule(const Call& call, const Kernel& kernel, const KernelConfig&) {
  return std::max<std::int64_t>(
      dot_op(call.op)->column_granule(call, variant_of<DotVariant>(kernel)), 1);
}

std::int64_t scratch_bytes(const Call& call, const Kernel& kernel, const KernelConfig& config) {
  return 4 * dot_op(call.op)->scratch_floats(call, variant_of<DotVariant>(kernel), config);
}

std::uint32_t packed_inputs(const Call& call, const Kernel&) {
  return dot_op(call.op)->packed_inputs;
}

std::int64_t packed_bytes(const Call& call, const Kernel& kernel, const KernelConfig&) {
  return 4 * dot_op(call.op)->packed_floats(call, variant_of<DotVariant>(kernel));
}

void pack(const Call& call, const Kernel& kernel, const KernelConfig&,
          std::span<const std::byte* const> constants, std::byte* packed) {
  dot_op(call.op)->pack(call, variant_of<DotVariant>(kernel), constants,
                        reinterpret_cast<float*>(packed));
}

void run(const KernelArgs& args) {
  dot_op(args.op)->run(args, variant_of<DotVariant>(args.kernel));
}

constexpr Kernel kernel_of(const DotVariant& variant) {
  return {.name = variant.name,
          .family = "dot",
          .isa = variant.isa,
          .dtype = DType::Float32,
          .tile = {variant.mr, variant.nr, variant.lanes, variant.depth},
          .functions = &variant,
          .supports = supports,
          .configs = configs,
          .config_ok = config_ok,
          .row_granule = row_granule,
          .scratch_bytes = scratch_bytes,
          .packed_inputs = packed_inputs,
          .packed_bytes = packed_bytes,
          .pack = pack,
          .run = run,
          .column_granule = column_granule};
}

template <typename T>
bool reference_computes(const Call& call, const Kernel&) {
  return is_float_op<T>(call);
}

constexpr std::array kReferences = {
    portable_kernel("dot", "conv2d_reference", reference_computes<Conv2d>, run_conv2d_reference),
    portable_kernel("dot", "fully_connected_reference", reference_computes<FullyConnected>,
                    run_fully_connected_reference),
    portable_kernel("dot", "matmul_reference", reference_computes<MatMul>, run_matmul_reference),
};

constexpr auto kKernels =
    joined(kReferences, kernels_of(kDotVariants, kernel_of), kernels_of(kDotRowVariants, kernel_of),
           kernels_of(kDotDeepVariants, kernel_of), kernels_of(kDotNearVariants, kernel_of));

}  // namespace

std::span<const Kernel> dot_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
