// SPDX-License-Identifier: Apache-2.0
// ConvTranspose2d on the dot kernels, phase by phase. A range of rows is whole rows of output
// pixels; each phase computes its own among them.
#include <algorithm>

#include "kernels/conv_transpose/conv_transpose_phases.h"
#include "kernels/dot/dot_ops.h"

namespace tilewright::kernels {
namespace {

/// Calls f(phase, floats of the panels of the phases before it).
template <typename T, typename F>
void for_each_phase(const T& call, const DotVariant& variant, F&& f) {
  const auto& op = *std::get_if<ConvTranspose2d>(&call.op);
  std::int64_t floats = 0;
  for (std::int64_t y = 0; y < op.window.stride_h; ++y) {
    for (std::int64_t x = 0; x < op.window.stride_w; ++x) {
      const Phase phase = phase_of(op, dot_shapes(call), y, x);
      if (phase.geometry.rows() == 0) continue;
      f(phase, floats);
      floats += whole_lines(panel_floats(phase.geometry, variant));
    }
  }
}

bool supports(const Call& call, const DotVariant& variant) {
  return variant.src_row == 0 && call.src[0].shape.last() % variant.depth == 0;
}

bool config_ok(const Call& call, const DotVariant& variant, const KernelConfig& config) {
  bool is_ok = true;
  for_each_phase(call, variant, [&](const Phase& phase, std::int64_t) {
    is_ok = is_ok && dot_config_ok(phase.geometry, variant, config);
  });
  return is_ok;
}

std::vector<KernelConfig> configs(const Call& call, const DotVariant& variant) {
  std::vector<KernelConfig> result;
  for_each_phase(call, variant, [&](const Phase& phase, std::int64_t) {
    for (const KernelConfig& config : dot_configs(phase.geometry, variant)) {
      if (std::find(result.begin(), result.end(), config) == result.end()) result.push_back(config);
    }
  });
  std::erase_if(result,
                [&](const KernelConfig& config) { return !config_ok(call, variant, config); });
  if (result.empty())
    result.push_back({.algorithm = static_cast<std::int32_t>(DotInput::Gathered)});
  return result;
}

std::int64_t row_granule(const Call& call, const DotVariant&, const KernelConfig&) {
  return call.dst.shape[2];
}

std::int64_t column_granule(const Call&, const DotVariant& variant) {
  return variant.nr;
}

std::int64_t scratch_floats(const Call& call, const DotVariant& variant,
                            const KernelConfig& config) {
  std::int64_t most = 0;
  for_each_phase(call, variant, [&](const Phase& phase, std::int64_t) {
    most = std::max(most, job_scratch_floats(phase.geometry, variant, config));
  });
  return most;
}

std::int64_t packed_floats(const Call& call, const DotVariant& variant) {
  std::int64_t all = 0;
  for_each_phase(call, variant, [&](const Phase& phase, std::int64_t before) {
    all = before + panel_floats(phase.geometry, variant);
  });
  return all;
}

void pack(const Call& call, const DotVariant& variant, std::span<const std::byte* const> constants,
          float* packed) {
  const Shape& filter = call.src[1].shape;
  for_each_phase(call, variant, [&](const Phase& phase, std::int64_t before) {
    const std::int64_t row = filter[2] * filter[3];
    const WeightStrides strides{.column = filter[1] * row,
                                .filter_h = phase.taps_h.step * row,
                                .filter_w = phase.taps_w.step * filter[3]};
    const float* first =
        constant(constants, 1) + phase.taps_h.first * row + phase.taps_w.first * filter[3];
    pack_panels(phase.geometry, variant, first, strides, constant(constants, 2), packed + before);
  });
}

/// The outputs of one phase.
Images phase_images(Images dst, const Phase& phase, const Window& window) {
  dst.data += phase.y * dst.h_stride + phase.x * dst.w_stride;
  dst.h = phase.geometry.dst_h;
  dst.w = phase.geometry.dst_w;
  dst.h_stride *= window.stride_h;
  dst.w_stride *= window.stride_w;
  return dst;
}

/// Rows [y_begin, y_end) of output pixels of image n, those of one phase.
void run_phase(const DotJob& job, const Phase& phase, std::int64_t stride, std::int64_t n,
               std::int64_t y_begin, std::int64_t y_end) {
  const auto before = [&](std::int64_t y) {
    return std::max<std::int64_t>(y - phase.y + stride - 1, 0) / stride;
  };
  const std::int64_t first = n * phase.geometry.dst_h;
  run_dot(job, (first + before(y_begin)) * phase.geometry.dst_w,
          (first + before(y_end)) * phase.geometry.dst_w);
}

void run(const KernelArgs& args, const DotVariant& variant) {
  const auto& op = *std::get_if<ConvTranspose2d>(&args.op);
  const std::int64_t height = args.dst.shape[1];
  const std::int64_t line_begin = args.row_begin / args.dst.shape[2];
  const std::int64_t line_end = args.row_end / args.dst.shape[2];
  for_each_phase(args, variant, [&](const Phase& phase, std::int64_t before) {
    const DotJob job{.variant = variant,
                     .config = args.config,
                     .geometry = phase.geometry,
                     .epilogue = dot_epilogue(op.activation),
                     .src = images(args.src[0]),
                     .dst = phase_images(images(args.dst), phase, op.window),
                     .addend = {},
                     .packed = reinterpret_cast<const float*>(args.packed) + before,
                     .scratch = reinterpret_cast<float*>(args.scratch),
                     .columns = args.columns};
    for (std::int64_t line = line_begin; line < line_end;) {
      const std::int64_t n = line / height;
      const std::int64_t end = std::min(line_end, (n + 1) * height);
      run_phase(job, phase, op.window.stride_h, n, line - n * height, end - n * height);
      line = end;
    }
  });
}

}  // namespace

constexpr DotOp kDotConvTranspose2d{.packed_inputs = 0b110,
                                    .supports = supports,
                                    .configs = configs,
                                    .config_ok = config_ok,
                                    .row_granule = row_granule,
                                    .column_granule = column_granule,
                                    .scratch_floats = scratch_floats,
                                    .packed_floats = packed_floats,
                                    .pack = pack,
                                    .run = run};

}  // namespace tilewright::kernels
