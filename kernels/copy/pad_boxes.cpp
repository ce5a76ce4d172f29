// SPDX-License-Identifier: Apache-2.0
// Pad: along each dimension the output falls into segments, each of which is a strided view of the
// input (step 1 inside, -1 in a reflection, 0 along an edge) or the value. A box of segments, one
// per dimension, is one copy or one fill.
#include <limits>

#include "kernels/copy/copy.h"
#include "kernels/copy/copy_kernels.h"
#include "kernels/copy/copy_nest.h"

namespace tilewright::kernels {
namespace {

/// Cells [.., + length) of the output, which are cells `cell`, `cell` + `step`, .. of the input.
struct Segment {
  std::int64_t length;
  std::int64_t cell;
  std::int64_t step;
  bool is_value;
};

Segment reflected_segment(std::int64_t i, std::int64_t extent) {
  if (extent == 1) return {std::numeric_limits<std::int64_t>::max(), 0, 0, false};
  const std::int64_t period = 2 * (extent - 1);
  const std::int64_t phase = ((i % period) + period) % period;
  if (phase < extent - 1) return {extent - 1 - phase, phase, 1, false};
  return {period - phase, period - phase, -1, false};
}

/// The segment that begins at cell `i` of a dimension of `extent` cells, counted from its first.
Segment segment_at(PadMode mode, std::int64_t i, std::int64_t extent) {
  if (i >= 0 && i < extent) return {extent - i, i, 1, false};
  const std::int64_t length = i < 0 ? -i : std::numeric_limits<std::int64_t>::max();
  switch (mode) {
    case PadMode::Constant:
      return {length, 0, 0, true};
    case PadMode::Edge:
      return {length, i < 0 ? 0 : extent - 1, 0, false};
    case PadMode::Reflect:
      return reflected_segment(i, extent);
  }
  return {length, 0, 0, true};
}

struct PadCopy {
  const KernelArgs& args;
  const Pad& pad;
  std::array<std::byte, 8> value;

  void copy(const LoopNest& nest, bool is_value) const {
    const std::int64_t bytes = size_bytes(args.dst.dtype);
    if (is_value) return fill_nest(nest, args.dst.data, value, bytes);
    copy_nest(nest, args.dst.data, args.src[0].data, bytes);
  }

  /// Cuts `box` along `axis`, and each part along the next ones; `nest` has the loops so far.
  void cut(const Box& box, int axis, const LoopNest& nest, bool is_value) const {
    if (axis == args.dst.shape.rank()) return copy(nest, is_value);
    const std::int64_t end = at(box.begin, axis) + at(box.extent, axis);
    const std::int64_t src_stride = at(args.src[0].strides, axis);
    for (std::int64_t i = at(box.begin, axis); i < end;) {
      const Segment segment =
          segment_at(pad.mode, i - at(pad.before, axis), args.src[0].shape[axis]);
      const std::int64_t length = std::min(segment.length, end - i);
      LoopNest part = nest;
      part.add({length, {at(args.dst.strides, axis), src_stride * segment.step}});
      part.start[0] += i * at(args.dst.strides, axis);
      part.start[1] += segment.cell * src_stride;
      cut(box, axis + 1, part, is_value || segment.is_value);
      i += length;
    }
  }
};

}  // namespace

void run_pad_boxes(const KernelArgs& args) {
  const auto& pad = *std::get_if<Pad>(&args.op);
  const PadCopy copy{args, pad, pad_element(args.dst.dtype, pad.value)};
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end,
                       [&](const Box& box) { copy.cut(box, 0, LoopNest{}, false); });
}

}  // namespace tilewright::kernels
