// SPDX-License-Identifier: Apache-2.0
#include "kernels/halide/buffer_view.h"
#include "kernels/loop_nest.h"
#include "kernels/norm/norm_rows.h"
#include "kernels/norm/norm_variant.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

LayerNormRows rows_of(const LayerNormVariant& variant, std::int64_t channels) {
  if (channels >= variant.lanes) return variant.rows;
  return channels >= 4 ? variant.rows_x4 : variant.rows_x1;
}

/// The lines of `box`: all dimensions but the innermost, as loops over output and input.
LoopNest lines_of(const KernelArgs& args, const Box& box) {
  LoopNest nest;
  for (int axis = 0; axis < args.dst.shape.rank(); ++axis) {
    const std::int64_t dst_stride = at(args.dst.strides, axis);
    const std::int64_t src_stride = at(args.src[0].strides, axis);
    nest.start[0] += at(box.begin, axis) * dst_stride;
    nest.start[1] += at(box.begin, axis) * src_stride;
    if (axis + 1 < args.dst.shape.rank())
      nest.add({at(box.extent, axis), {dst_stride, src_stride}});
  }
  return merged(nest);
}

}  // namespace

bool layer_norm_rows_support(const Call& call, const Kernel&) {
  return is_float_op<LayerNorm>(call) && is_small_enough(call);
}

void run_layer_norm_rows(const KernelArgs& args) {
  const float epsilon = std::get_if<LayerNorm>(&args.op)->epsilon;
  const std::int64_t channels = args.dst.shape.last();
  const LayerNormRows rows = rows_of(variant_of<LayerNormVariant>(args.kernel), channels);
  BufferView<1> scale(args.src[1].as<float>(), {{{channels, 1}}});
  BufferView<1> bias(args.src[2].as<float>(), {{{channels, 1}}});
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    const LoopNest nest = lines_of(args, box);
    const Loop lines = nest.inner(0);
    for_each_cycle(nest, 1, [&](const Offsets& offsets) {
      BufferView<2> src(args.src[0].as<float>() + offsets[1],
                        {{{channels, 1}, {lines.extent, lines.strides[1]}}});
      BufferView<2> dst(args.dst.as<float>() + offsets[0],
                        {{{channels, 1}, {lines.extent, lines.strides[0]}}});
      rows(src.get(), scale.get(), bias.get(), epsilon, dst.get());
    });
  });
}

}  // namespace tilewright::kernels
