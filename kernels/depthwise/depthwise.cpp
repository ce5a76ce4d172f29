// SPDX-License-Identifier: Apache-2.0
// The table of the depthwise family. Every kernel of an instruction set shares the functions for
// borders; those of the `any` table use nothing else and so compute any call.
#include "kernels/depthwise/depthwise.h"

#include <algorithm>
#include <cstring>

#include "kernels/depthwise/depthwise_generated.h"
#include "kernels/depthwise/depthwise_loops.h"
#include "kernels/depthwise/depthwise_references.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

/// Input and output of a block of rows fit half a second-level cache of 512 KiB.
constexpr std::int64_t kBlockBytes = 256 * 1024;
/// A strip, with the taps and the outputs that are met in between, fits a first-level cache of 32
/// KiB.
constexpr std::int64_t kStripBytes = 20 * 1024;

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
  return shape.filter_h == variant->filter_h && shape.filter_w == variant->filter_w &&
         w.stride_h == variant->stride && w.stride_w == variant->stride && w.dilation_h == 1 &&
         w.dilation_w == 1 && shape.channels >= variant->block();
}

/// Whether the variant can compute rows of output pixels, however few, from strips.
bool takes_strips(const DepthwiseShape& shape, const DepthwiseVariant& variant) {
  return shape.multiplier() == 1 && variant.tile_y == 1 && shape.dst_w >= variant.tile_x;
}

/// One vector to four of channels per strip, and as many rows as fit.
void add_strips(const DepthwiseShape& shape, const DepthwiseVariant& variant,
                std::vector<KernelConfig>& configs) {
  if (!takes_strips(shape, variant)) return;
  for (std::int64_t channels = variant.block(); channels <= 4 * variant.block(); channels *= 2) {
    if (channels > shape.channels) return;
    const std::int64_t one = strip_floats(shape, 1, channels);
    const std::int64_t more = std::max<std::int64_t>(strip_floats(shape, 2, channels) - one, 1);
    if (4 * one > kStripBytes) return;
    const std::int64_t rows = 1 + (kStripBytes / 4 - one) / more;
    configs.push_back({.algorithm = static_cast<std::int32_t>(DepthwiseInput::Strip),
                       .block_rows = static_cast<std::int32_t>(rows >= shape.dst_h ? 0 : rows),
                       .block_columns = static_cast<std::int32_t>(channels)});
  }
}

void add_blocks(const DepthwiseShape& shape, std::vector<KernelConfig>& configs) {
  const std::int64_t row_bytes =
      4 * (shape.src_w * shape.src_channels * shape.window.stride_h + shape.dst_w * shape.channels);
  const std::int64_t block =
      std::max<std::int64_t>(kBlockBytes / std::max<std::int64_t>(row_bytes, 1), 2);
  configs.push_back({});
  if (block < shape.dst_h) configs.push_back({.block_rows = static_cast<std::int32_t>(block)});
}

std::vector<KernelConfig> tile_configs(const Call& call, const Kernel& kernel) {
  std::vector<KernelConfig> result;
  add_blocks(shape_of(call), result);
  add_strips(shape_of(call), *static_cast<const DepthwiseVariant*>(kernel.functions), result);
  return result;
}

std::vector<KernelConfig> any_configs(const Call& call, const Kernel&) {
  std::vector<KernelConfig> result;
  add_blocks(shape_of(call), result);
  return result;
}

bool any_config_ok(const Call&, const Kernel&, const KernelConfig& config) {
  return config.algorithm == static_cast<std::int32_t>(DepthwiseInput::InPlace) &&
         config.block_rows >= 0 && config.block_columns == 0 && config.block_depth == 0;
}

bool tile_config_ok(const Call& call, const Kernel& kernel, const KernelConfig& config) {
  if (any_config_ok(call, kernel, config)) return true;
  const auto& variant = *static_cast<const DepthwiseVariant*>(kernel.functions);
  const DepthwiseShape shape = shape_of(call);
  return config.algorithm == static_cast<std::int32_t>(DepthwiseInput::Strip) &&
         takes_strips(shape, variant) && config.block_rows >= 0 && config.block_depth == 0 &&
         config.block_columns > 0 && config.block_columns % variant.block() == 0 &&
         config.block_columns <= shape.channels;
}

std::int64_t scratch_bytes(const Call& call, const Kernel&, const KernelConfig& config) {
  return 4 * depthwise_scratch_floats(shape_of(call), config);
}

std::uint32_t packed_inputs(const Call&, const Kernel&) {
  return 0b110;
}

std::int64_t packed_taps(const Shape& filter) {
  return filter[0] * filter[1] * depthwise_tap_stride(filter[2]);
}

std::int64_t packed_bytes(const Call& call, const Kernel&, const KernelConfig&) {
  return 4 * packed_taps(call.src[1].shape) + call.src[2].size_bytes();
}

/// The taps, each on lines of its own, then the bias.
void pack(const Call& call, const Kernel&, const KernelConfig&,
          std::span<const std::byte* const> constants, std::byte* packed) {
  const Shape& filter = call.src[1].shape;
  const std::int64_t channels = filter[2];
  const std::int64_t stride = depthwise_tap_stride(channels);
  const auto* from = reinterpret_cast<const float*>(constants[1]);
  auto* to = reinterpret_cast<float*>(packed);
  for (std::int64_t tap = 0; tap < filter[0] * filter[1]; ++tap) {
    std::copy_n(from + tap * channels, channels, to + tap * stride);
    std::fill_n(to + tap * stride + channels, stride - channels, 0.0F);
  }
  std::memcpy(to + packed_taps(filter), constants[2],
              static_cast<std::size_t>(call.src[2].size_bytes()));
}

/// The variants of one instruction set.
template <typename Variant, std::size_t kCount>
std::span<const Variant> of_isa(const std::array<Variant, kCount>& variants, Isa isa) {
  const auto is_other = [&](const Variant& variant) { return variant.isa != isa; };
  const auto* end = variants.data() + kCount;
  const auto* begin = std::find_if_not(variants.data(), end, is_other);
  return {begin, std::find_if(begin, end, is_other)};
}

const DepthwiseCopy* copy_of(Isa isa) {
  const auto* end = kDepthwiseCopies.data() + kDepthwiseCopies.size();
  return std::find_if(kDepthwiseCopies.data(), end,
                      [&](const DepthwiseCopy& copy) { return copy.isa == isa; });
}

void run(const KernelArgs& args, const DepthwiseVariant* variant,
         std::span<const DepthwiseAnyVariant> any) {
  const auto* packed = reinterpret_cast<const float*>(args.packed);
  const DepthwiseConv2d& op = op_of(args.op);
  const DepthwiseJob job{
      .variant = variant,
      .copy = copy_of(args.kernel.isa),
      .config = args.config,
      .borders = of_isa(kDepthwiseBorders, args.kernel.isa),
      .any = any,
      .shape = depthwise_shape(op, args.src[0].shape, args.src[1].shape, args.dst.shape),
      .activation = op.activation,
      .src = images(args.src[0]),
      .dst = images(args.dst),
      .tap_stride = depthwise_tap_stride(args.src[1].shape.last()),
      .filter = packed,
      .bias = packed + packed_taps(args.src[1].shape),
      .scratch = reinterpret_cast<float*>(args.scratch)};
  run_depthwise(job, args.row_begin / job.shape.dst_w, args.row_end / job.shape.dst_w);
}

void run_tile_variant(const KernelArgs& args) {
  run(args, static_cast<const DepthwiseVariant*>(args.kernel.functions),
      of_isa(kDepthwiseAnyVariants, args.kernel.isa));
}

/// Blocks up to the variant's own.
void run_any_variant(const KernelArgs& args) {
  const auto* variant = static_cast<const DepthwiseAnyVariant*>(args.kernel.functions);
  const std::span<const DepthwiseAnyVariant> any = of_isa(kDepthwiseAnyVariants, args.kernel.isa);
  run(args, nullptr, any.first(static_cast<std::size_t>(variant - any.data()) + 1));
}

/// What all kernels of the family share.
template <typename Variant>
constexpr Kernel kernel_of(const Variant& variant) {
  return {.name = variant.name,
          .family = "depthwise",
          .isa = variant.isa,
          .dtype = DType::Float32,
          .tile = {1, static_cast<std::int32_t>(variant.block()), variant.lanes},
          .functions = &variant,
          .supports = any_supports,
          .configs = any_configs,
          .config_ok = any_config_ok,
          .row_granule = granule_of_image_row,
          .scratch_bytes = scratch_bytes,
          .packed_inputs = packed_inputs,
          .packed_bytes = packed_bytes,
          .pack = pack,
          .run = run_any_variant};
}

constexpr Kernel kernel_of_tile(const DepthwiseVariant& variant) {
  Kernel kernel = kernel_of(variant);
  kernel.supports = tile_supports;
  kernel.configs = tile_configs;
  kernel.config_ok = tile_config_ok;
  kernel.run = run_tile_variant;
  return kernel;
}

bool reference_computes(const Call& call, const Kernel&) {
  return is_float_op<DepthwiseConv2d>(call);
}

constexpr std::array kReferences = {portable_kernel("depthwise", "depthwise_conv2d_reference",
                                                    reference_computes, run_depthwise_reference)};

constexpr auto kKernels = joined(kReferences, kernels_of(kDepthwiseVariants, kernel_of_tile),
                                 kernels_of(kDepthwiseAnyVariants, kernel_of<DepthwiseAnyVariant>));

}  // namespace

std::span<const Kernel> depthwise_kernels() {
  return kKernels;
}

const DepthwiseVariant* depthwise_variant(const Kernel& kernel) {
  return kernel.run == run_tile_variant ? static_cast<const DepthwiseVariant*>(kernel.functions)
                                        : nullptr;
}

}  // namespace tilewright::kernels
