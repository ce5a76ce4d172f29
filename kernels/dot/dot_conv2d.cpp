// SPDX-License-Identifier: Apache-2.0
// Conv2d and FullyConnected on the dot kernels: one geometry each, weights and bias packed once.
#include "kernels/dot/dot_ops.h"

namespace tilewright::kernels {
namespace {

/// `call` is a Call or KernelArgs.
template <typename T>
DotGeometry geometry_of(const T& call) {
  const auto* conv = std::get_if<Conv2d>(&call.op);
  return conv != nullptr ? conv2d_geometry(*conv, dot_shapes(call))
                         : fully_connected_geometry(dot_shapes(call));
}

const Activation& activation_of(const Op& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op)) return conv->activation;
  return std::get_if<FullyConnected>(&op)->activation;
}

bool supports(const Call& call, const DotVariant& variant) {
  if (call.src.size() > 3 && variant.add == nullptr) return false;
  return !dot_inputs(geometry_of(call), variant).empty();
}

std::vector<KernelConfig> configs(const Call& call, const DotVariant& variant) {
  return dot_configs(geometry_of(call), variant);
}

bool config_ok(const Call& call, const DotVariant& variant, const KernelConfig& config) {
  return dot_config_ok(geometry_of(call), variant, config);
}

std::int64_t row_granule(const Call& call, const DotVariant& variant, const KernelConfig& config) {
  const DotGeometry geometry = geometry_of(call);
  return works_by_image_row(geometry, config) ? geometry.dst_w : variant.mr;
}

/// Panels do not go beyond a group, so of several only whole ones are cut off.
std::int64_t column_granule(const Call& call, const DotVariant& variant) {
  const DotGeometry geometry = geometry_of(call);
  return geometry.groups == 1 ? variant.nr : geometry.columns;
}

std::int64_t scratch_floats(const Call& call, const DotVariant& variant,
                            const KernelConfig& config) {
  return job_scratch_floats(geometry_of(call), variant, config);
}

std::int64_t packed_floats(const Call& call, const DotVariant& variant) {
  return panel_floats(geometry_of(call), variant);
}

void pack(const Call& call, const DotVariant& variant, std::span<const std::byte* const> constants,
          float* packed) {
  const DotGeometry geometry = geometry_of(call);
  const WeightStrides strides{.column = geometry.depth(),
                              .filter_h = geometry.filter_w * geometry.channels,
                              .filter_w = geometry.channels};
  pack_panels(geometry, variant, constant(constants, 1), strides, constant(constants, 2), packed);
}

void run(const KernelArgs& args, const DotVariant& variant) {
  const DotJob job{.variant = variant,
                   .config = args.config,
                   .geometry = geometry_of(args),
                   .epilogue = dot_epilogue(activation_of(args.op)),
                   .src = images(args.src[0]),
                   .dst = images(args.dst),
                   .addend = args.src.size() > 3 ? images(args.src[3]) : Images{},
                   .packed = reinterpret_cast<const float*>(args.packed),
                   .scratch = reinterpret_cast<float*>(args.scratch),
                   .columns = args.columns};
  run_dot(job, args.row_begin, args.row_end);
}

constexpr DotOp kOp{.packed_inputs = 0b110,
                    .supports = supports,
                    .configs = configs,
                    .config_ok = config_ok,
                    .row_granule = row_granule,
                    .column_granule = column_granule,
                    .scratch_floats = scratch_floats,
                    .packed_floats = packed_floats,
                    .pack = pack,
                    .run = run};

}  // namespace

constexpr DotOp kDotConv2d = kOp;
constexpr DotOp kDotFullyConnected = kOp;

}  // namespace tilewright::kernels
