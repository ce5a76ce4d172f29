// SPDX-License-Identifier: Apache-2.0
// The table of the Winograd family. Its oracle is that of the dot family's convolution.
#include "kernels/winograd/winograd.h"

#include <algorithm>

#include "kernels/dot/dot_generated.h"
#include "kernels/portable_kernel.h"
#include "kernels/variant_kernels.h"
#include "kernels/winograd/winograd_generated.h"
#include "kernels/winograd/winograd_loops.h"

namespace tilewright::kernels {
namespace {

constexpr std::string_view kFamily = "winograd";
/// Bytes of planes per block: what leaves room for weights in a second-level cache of 1 MiB, or of
/// 512 KiB, and what needs the third level.
constexpr std::int64_t kBlockBytes[] = {640 * 1024, 320 * 1024, 2 * 1024 * 1024};
/// Channels per call of the dot kernel, as in the dot family.
constexpr std::int32_t kBlockDepth = 256;
/// More scratch than this is no sane configuration.
constexpr std::int64_t kMaxScratchFloats = std::int64_t{1} << 28;

/// The first of `table` for which `matches` is true; there is one, or this does not compile.
template <typename Table, typename F>
constexpr auto* find_in(const Table& table, F&& matches) {
  return &*std::find_if(table.begin(), table.end(), matches);
}

constexpr WinogradKernel kernel_of(const WinogradVariant& variant) {
  const auto transforms = [&](const auto& function) {
    return function.isa == variant.isa && function.outputs == variant.outputs &&
           function.lanes == variant.lanes;
  };
  return {&variant, find_in(kWinogradInputs, transforms), find_in(kWinogradOutputs, transforms),
          find_in(kDotVariants, [&](const DotVariant& dot) {
            return dot.isa == variant.isa && dot.mr == variant.mr && dot.nr == variant.nr &&
                   dot.lanes == variant.lanes;
          })};
}

constexpr auto kFunctions = [] {
  std::array<WinogradKernel, kWinogradVariants.size()> result{};
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = kernel_of(kWinogradVariants[i]);
  return result;
}();

const WinogradKernel& functions_of(const Kernel& kernel) {
  return *static_cast<const WinogradKernel*>(kernel.functions);
}

WinogradGeometry geometry_of(const Call& call, const Kernel& kernel) {
  return winograd_geometry(*std::get_if<Conv2d>(&call.op), call.src[0].shape, call.dst.shape,
                           functions_of(kernel).variant->outputs);
}

bool supports(const Call& call, const Kernel&) {
  if (!is_float_op<Conv2d>(call) || !is_small_enough(call)) return false;
  const auto& conv = *std::get_if<Conv2d>(&call.op);
  const Window& window = conv.window;
  const Shape& filter = call.src[1].shape;
  return filter[1] == 3 && filter[2] == 3 && window.stride_h == 1 && window.stride_w == 1 &&
         window.dilation_h == 1 && window.dilation_w == 1 && call.src[0].shape.last() > 0 &&
         call.dst.shape.last() > 0;
}

std::int64_t scratch_bytes(const Call& call, const Kernel& kernel, const KernelConfig& config) {
  return 4 * winograd_scratch_floats(geometry_of(call, kernel), functions_of(kernel), config);
}

std::vector<KernelConfig> configs(const Call& call, const Kernel& kernel) {
  const WinogradGeometry geometry = geometry_of(call, kernel);
  const std::int64_t row_bytes =
      4 * geometry.planes() * geometry.tile_columns() * (geometry.channels + geometry.columns);
  std::vector<KernelConfig> result;
  for (const std::int64_t bytes : kBlockBytes) {
    const std::int64_t rows =
        std::max<std::int64_t>(bytes / std::max<std::int64_t>(row_bytes, 1), 1);
    KernelConfig config{
        .algorithm = static_cast<std::int32_t>(geometry.outputs),
        .block_rows = static_cast<std::int32_t>(rows >= geometry.tile_rows() ? 0 : rows)};
    if (std::find(result.begin(), result.end(), config) != result.end()) continue;
    result.push_back(config);
    if (geometry.channels < 2 * kBlockDepth) continue;
    config.block_depth = kBlockDepth;
    result.push_back(config);
  }
  return result;
}

bool config_ok(const Call& call, const Kernel& kernel, const KernelConfig& config) {
  const WinogradGeometry geometry = geometry_of(call, kernel);
  return config.algorithm == geometry.outputs && config.block_rows >= 0 &&
         config.block_columns == 0 && config.block_depth >= 0 &&
         winograd_scratch_floats(geometry, functions_of(kernel), config) <= kMaxScratchFloats;
}

/// Any row of output pixels can begin a range; whole tiles waste nothing.
std::int64_t row_granule(const Call& call, const Kernel& kernel, const KernelConfig&) {
  const WinogradGeometry geometry = geometry_of(call, kernel);
  return std::max<std::int64_t>(geometry.dst_w * geometry.outputs, 1);
}

std::uint32_t packed_inputs(const Call&, const Kernel&) {
  return 0b110;
}

/// Of the panels and the bias of one group, rounded up to a cache line.
std::int64_t packed_floats(const WinogradGeometry& geometry, const WinogradKernel& kernel) {
  return whole_lines(winograd_panel_floats(geometry, kernel) + winograd_columns(geometry, kernel));
}

std::int64_t packed_bytes(const Call& call, const Kernel& kernel, const KernelConfig&) {
  const std::int64_t groups = std::get_if<Conv2d>(&call.op)->groups;
  return 4 * groups * packed_floats(geometry_of(call, kernel), functions_of(kernel));
}

void pack(const Call& call, const Kernel& kernel, const KernelConfig&,
          std::span<const std::byte* const> constants, std::byte* packed) {
  const WinogradGeometry geometry = geometry_of(call, kernel);
  const WinogradKernel& functions = functions_of(kernel);
  const auto* filter = reinterpret_cast<const float*>(constants[1]);
  const auto* bias = reinterpret_cast<const float*>(constants[2]);
  auto* floats = reinterpret_cast<float*>(packed);
  for (std::int64_t group = 0; group < std::get_if<Conv2d>(&call.op)->groups; ++group) {
    pack_winograd(geometry, functions, filter + group * geometry.columns * 9 * geometry.channels,
                  bias + group * geometry.columns,
                  floats + group * packed_floats(geometry, functions));
  }
}

Images from_channel(Images images, std::int64_t channel) {
  if (images.data != nullptr) images.data += channel;
  return images;
}

/// Every group is a convolution of its own channels.
void run(const KernelArgs& args) {
  const auto& conv = *std::get_if<Conv2d>(&args.op);
  const WinogradKernel& functions = functions_of(args.kernel);
  const WinogradGeometry geometry =
      winograd_geometry(conv, args.src[0].shape, args.dst.shape, functions.variant->outputs);
  const auto* packed = reinterpret_cast<const float*>(args.packed);
  for (std::int64_t group = 0; group < conv.groups; ++group) {
    const std::int64_t column = group * geometry.columns;
    const WinogradJob job{
        .kernel = functions,
        .config = args.config,
        .geometry = geometry,
        .activation = conv.activation,
        .src = from_channel(images(args.src[0]), group * geometry.channels),
        .dst = from_channel(images(args.dst), column),
        .addend = from_channel(args.src.size() > 3 ? images(args.src[3]) : Images{}, column),
        .packed = packed + group * packed_floats(geometry, functions),
        .scratch = reinterpret_cast<float*>(args.scratch)};
    run_winograd(job, args.row_begin / geometry.dst_w, args.row_end / geometry.dst_w);
  }
}

constexpr Kernel kernel_with(const WinogradKernel& functions) {
  const WinogradVariant& variant = *functions.variant;
  return {.name = variant.name,
          .family = kFamily,
          .isa = variant.isa,
          .dtype = DType::Float32,
          .tile = {variant.mr, variant.nr, variant.lanes},
          .functions = &functions,
          .supports = supports,
          .configs = configs,
          .config_ok = config_ok,
          .row_granule = row_granule,
          .scratch_bytes = scratch_bytes,
          .packed_inputs = packed_inputs,
          .packed_bytes = packed_bytes,
          .pack = pack,
          .run = run,
          .is_exact = false};
}

constexpr auto kKernels = kernels_of(kFunctions, kernel_with);

}  // namespace

std::span<const Kernel> winograd_kernels() {
  return kKernels;
}

std::int64_t winograd_outputs(const Kernel& kernel) {
  return kernel.family == kFamily ? functions_of(kernel).variant->outputs : 0;
}

}  // namespace tilewright::kernels
