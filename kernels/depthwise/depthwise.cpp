// SPDX-License-Identifier: Apache-2.0
// The table of the depthwise family. Every kernel of an instruction set shares the functions for
// borders; those of the `any` table use nothing else and so compute any call.
#include "kernels/depthwise/depthwise.h"

#include <algorithm>
#include <cstring>

#include "kernels/depthwise/depthwise_generated.h"
#include "kernels/depthwise/depthwise_loops.h"
#include "kernels/depthwise/depthwise_references.h"
#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

/// Input and output of a block of rows fit half a second-level cache of 512 KiB.
constexpr std::int64_t kBlockBytes = 256 * 1024;

const DepthwiseConv2d& op_of(const Op& op) {
  return *std::get_if<DepthwiseConv2d>(&op);
}

DepthwiseShape shape_of(const Call& call) {
  return depthwise_shape(op_of(call.op), call.src[0].shape, call.src[1].shape, call.dst.shape);
}

/// The generated functions count elements in 32 bits.
bool is_reachable(const TensorSpec& spec) {
  return spec.shape.elements() < (std::int64_t{1} << 31);
}

bool any_supports(const Call& call, const Kernel& kernel) {
  if (!is_float_op<DepthwiseConv2d>(call)) return false;
  if (!is_reachable(call.src[0]) || !is_reachable(call.dst)) return false;
  const auto* variant = static_cast<const DepthwiseAnyVariant*>(kernel.functions);
  return call.dst.shape.last() >= variant->block();
}

bool tile_supports(const Call& call, const Kernel& kernel) {
  if (!is_float_op<DepthwiseConv2d>(call)) return false;
  if (!is_reachable(call.src[0]) || !is_reachable(call.dst)) return false;
  const auto* variant = static_cast<const DepthwiseVariant*>(kernel.functions);
  const DepthwiseShape shape = shape_of(call);
  const Window& w = shape.window;
  return shape.filter_h == variant->filter && shape.filter_w == variant->filter &&
         w.stride_h == variant->stride && w.stride_w == variant->stride && w.dilation_h == 1 &&
         w.dilation_w == 1 && shape.channels >= variant->block();
}

std::vector<KernelConfig> configs(const Call& call, const Kernel&) {
  const DepthwiseShape shape = shape_of(call);
  const std::int64_t row_bytes =
      4 * (shape.src_w * shape.src_channels * shape.window.stride_h + shape.dst_w * shape.channels);
  const std::int64_t block =
      std::max<std::int64_t>(kBlockBytes / std::max<std::int64_t>(row_bytes, 1), 2);
  std::vector<KernelConfig> result{{}};
  if (block < shape.dst_h) result.push_back({.block_rows = static_cast<std::int32_t>(block)});
  return result;
}

bool config_ok(const Call&, const Kernel&, const KernelConfig& config) {
  return config.algorithm == 0 && config.block_rows >= 0 && config.block_columns == 0 &&
         config.block_depth == 0;
}

std::int64_t scratch_bytes(const Call& call, const Kernel&, const KernelConfig&) {
  return 4 * depthwise_scratch_floats(shape_of(call));
}

std::uint32_t packed_inputs(const Call&, const Kernel&) {
  return 0b110;
}

std::int64_t packed_bytes(const Call& call, const Kernel&, const KernelConfig&) {
  return call.src[1].size_bytes() + call.src[2].size_bytes();
}

/// The filter as it is, then the bias.
void pack(const Call& call, const Kernel&, const KernelConfig&,
          std::span<const std::byte* const> constants, std::byte* packed) {
  const auto filter_bytes = static_cast<std::size_t>(call.src[1].size_bytes());
  std::memcpy(packed, constants[1], filter_bytes);
  std::memcpy(packed + filter_bytes, constants[2],
              static_cast<std::size_t>(call.src[2].size_bytes()));
}

/// The variants of one instruction set.
std::span<const DepthwiseAnyVariant> any_of(Isa isa) {
  const auto is_other = [&](const DepthwiseAnyVariant& variant) { return variant.isa != isa; };
  const auto* begin =
      std::find_if_not(kDepthwiseAnyVariants.data(),
                       kDepthwiseAnyVariants.data() + kDepthwiseAnyVariants.size(), is_other);
  const auto* end =
      std::find_if(begin, kDepthwiseAnyVariants.data() + kDepthwiseAnyVariants.size(), is_other);
  return {begin, end};
}

void run(const KernelArgs& args, const DepthwiseVariant* variant,
         std::span<const DepthwiseAnyVariant> any) {
  const auto* packed = reinterpret_cast<const float*>(args.packed);
  const DepthwiseConv2d& op = op_of(args.op);
  const DepthwiseJob job{
      .variant = variant,
      .any = any,
      .shape = depthwise_shape(op, args.src[0].shape, args.src[1].shape, args.dst.shape),
      .activation = op.activation,
      .src = images(args.src[0]),
      .dst = images(args.dst),
      .filter = packed,
      .bias = packed + args.src[1].shape.elements(),
      .block_rows = args.config.block_rows,
      .scratch = reinterpret_cast<float*>(args.scratch)};
  run_depthwise(job, args.row_begin / job.shape.dst_w, args.row_end / job.shape.dst_w);
}

void run_tile_variant(const KernelArgs& args) {
  run(args, static_cast<const DepthwiseVariant*>(args.kernel.functions), any_of(args.kernel.isa));
}

/// Blocks up to the variant's own.
void run_any_variant(const KernelArgs& args) {
  const auto* variant = static_cast<const DepthwiseAnyVariant*>(args.kernel.functions);
  const std::span<const DepthwiseAnyVariant> any = any_of(args.kernel.isa);
  run(args, nullptr, any.first(static_cast<std::size_t>(variant - any.data()) + 1));
}

template <typename Variant>
constexpr Kernel kernel_of(const Variant& variant, bool (*supports)(const Call&, const Kernel&),
                           void (*run)(const KernelArgs&)) {
  return {.name = variant.name,
          .family = "depthwise",
          .isa = variant.isa,
          .dtype = DType::Float32,
          .tile = {1, static_cast<std::int32_t>(variant.block()), variant.lanes},
          .functions = &variant,
          .supports = supports,
          .configs = configs,
          .config_ok = config_ok,
          .row_granule = granule_of_image_row,
          .scratch_bytes = scratch_bytes,
          .packed_inputs = packed_inputs,
          .packed_bytes = packed_bytes,
          .pack = pack,
          .run = run};
}

bool reference_computes(const Call& call, const Kernel&) {
  return is_float_op<DepthwiseConv2d>(call);
}

constexpr auto kKernels = [] {
  std::array<Kernel, 1 + kDepthwiseVariants.size() + kDepthwiseAnyVariants.size()> kernels{};
  std::size_t count = 0;
  kernels[count++] = portable_kernel("depthwise", "depthwise_conv2d_reference", reference_computes,
                                     run_depthwise_reference);
  for (const DepthwiseVariant& variant : kDepthwiseVariants)
    kernels[count++] = kernel_of(variant, tile_supports, run_tile_variant);
  for (const DepthwiseAnyVariant& variant : kDepthwiseAnyVariants)
    kernels[count++] = kernel_of(variant, any_supports, run_any_variant);
  return kernels;
}();

}  // namespace

std::span<const Kernel> depthwise_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
