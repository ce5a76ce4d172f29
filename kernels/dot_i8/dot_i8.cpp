// SPDX-License-Identifier: Apache-2.0
// The table of the int8 dot family: the references, then one kernel per generated variant.
#include "kernels/dot_i8/dot_i8.h"

#include <array>

#include "kernels/dot_i8/dot_i8_generated.h"
#include "kernels/dot_i8/dot_i8_references.h"
#include "kernels/dot_i8/i8_loops.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

// Offered blocks of packed rows are no larger, so that they stay in a second-level cache.
constexpr std::int64_t kMostBlockBytes = 256 * 1024;
constexpr std::int32_t kMostBlockTiles = 4096;

/// `call` is a Call or KernelArgs.
template <typename T>
DotGeometry i8_geometry(const T& call) {
  const auto* conv = std::get_if<Conv2d>(&call.op);
  return conv != nullptr ? conv2d_geometry(*conv, dot_shapes(call))
                         : fully_connected_geometry(dot_shapes(call));
}

bool is_dense_op(const Call& call) {
  return is_op<Conv2d>(call) || is_op<FullyConnected>(call);
}

bool supports_i8(const Call& call, const Kernel&) {
  if (!is_dense_op(call) || !is_rescalable(call, dense_activation(call.op))) return false;
  const DotGeometry geometry = i8_geometry(call);
  return geometry.groups == 1 && geometry.depth() > 0 && is_small_enough(call);
}

std::int64_t tile_count(const DotGeometry& geometry, const DotI8Variant& variant) {
  return std::max<std::int64_t>((geometry.rows() + variant.mr - 1) / variant.mr, 1);
}

KernelConfig packed_config(std::int64_t tiles) {
  return {.algorithm = static_cast<std::int32_t>(I8Input::Packed),
          .block_rows = static_cast<std::int32_t>(tiles)};
}

constexpr KernelConfig kDirect{.algorithm = static_cast<std::int32_t>(I8Input::Direct)};

/// As the tensor lies where that goes; packed in blocks of several sizes, the smallest one tile.
std::vector<KernelConfig> i8_configs(const Call& call, const Kernel& kernel) {
  const auto& variant = variant_of<DotI8Variant>(kernel);
  const DotGeometry geometry = i8_geometry(call);
  std::vector<KernelConfig> configs;
  if (reads_i8_directly(geometry, variant)) configs.push_back(kDirect);
  const std::int64_t tiles = tile_count(geometry, variant);
  for (const std::int64_t block : {1, 4, 16, 64}) {
    const KernelConfig config = packed_config(std::min(block, tiles));
    if (block > 1 && i8_scratch_bytes(geometry, variant, config) > kMostBlockBytes) break;
    configs.push_back(config);
    if (block >= tiles) break;
  }
  return configs;
}

bool i8_config_ok(const Call& call, const Kernel& kernel, const KernelConfig& config) {
  if (config == kDirect)
    return reads_i8_directly(i8_geometry(call), variant_of<DotI8Variant>(kernel));
  return config == packed_config(config.block_rows) && config.block_rows >= 1 &&
         config.block_rows <= kMostBlockTiles;
}

std::int64_t i8_row_granule(const Call&, const Kernel& kernel, const KernelConfig&) {
  return kernel.tile.mr;
}

std::int64_t i8_column_granule(const Call&, const Kernel& kernel, const KernelConfig&) {
  return kernel.tile.nr;
}

std::int64_t i8_scratch(const Call& call, const Kernel& kernel, const KernelConfig& config) {
  return i8_scratch_bytes(i8_geometry(call), variant_of<DotI8Variant>(kernel), config);
}

std::uint32_t i8_packed_inputs(const Call&, const Kernel&) {
  return 0b110;
}

std::int64_t i8_packed_bytes(const Call& call, const Kernel& kernel, const KernelConfig&) {
  return i8_panels_bytes(i8_geometry(call), variant_of<DotI8Variant>(kernel));
}

void pack_i8(const Call& call, const Kernel& kernel, const KernelConfig&,
             std::span<const std::byte* const> constants, std::byte* packed) {
  pack_i8_panels(call, i8_geometry(call), variant_of<DotI8Variant>(kernel), constants, packed);
}

void run_i8(const KernelArgs& args) {
  const auto& variant = variant_of<DotI8Variant>(args.kernel);
  const DotGeometry geometry = i8_geometry(args);
  const I8Job job{.variant = variant,
                  .config = args.config,
                  .geometry = geometry,
                  .src = images<std::int8_t>(args.src[0]),
                  .dst = images<std::int8_t>(args.dst),
                  .panels = i8_panels_of(geometry, variant, args.packed),
                  .scratch = args.scratch,
                  .columns = {args.columns.begin, std::min(args.columns.end, geometry.columns)}};
  run_dot_i8(job, args.row_begin, args.row_end);
}

constexpr Kernel i8_kernel(const DotI8Variant& variant) {
  return {.name = variant.name,
          .family = "dot_i8",
          .isa = variant.isa,
          .dtype = DType::Int8,
          .tile = {variant.mr, variant.nr, variant.lanes, variant.products},
          .functions = &variant,
          .supports = supports_i8,
          .configs = i8_configs,
          .config_ok = i8_config_ok,
          .row_granule = i8_row_granule,
          .scratch_bytes = i8_scratch,
          .packed_inputs = i8_packed_inputs,
          .packed_bytes = i8_packed_bytes,
          .pack = pack_i8,
          .run = run_i8,
          .column_granule = i8_column_granule};
}

template <typename T>
bool i8_reference_computes(const Call& call, const Kernel&) {
  return is_op<T>(call) && is_rescalable(call, dense_activation(call.op));
}

constexpr Kernel i8_reference(std::string_view name, bool (*supports)(const Call&, const Kernel&),
                              void (*run)(const KernelArgs&)) {
  Kernel kernel = portable_kernel("dot_i8", name, supports, run);
  kernel.dtype = DType::Int8;
  kernel.packed_bytes = i8_reference_bytes;
  kernel.pack = pack_i8_reference;
  return kernel;
}

constexpr std::array kReferences = {
    i8_reference("conv2d_i8_reference", i8_reference_computes<Conv2d>, run_conv2d_i8_reference),
    i8_reference("fully_connected_i8_reference", i8_reference_computes<FullyConnected>,
                 run_fully_connected_i8_reference),
};

constexpr auto kKernels = joined(kReferences, kernels_of(kDotI8Variants, i8_kernel));

}  // namespace

std::span<const Kernel> dot_i8_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
