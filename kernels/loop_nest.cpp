// SPDX-License-Identifier: Apache-2.0
#include "kernels/loop_nest.h"

namespace tilewright::kernels {
namespace {

/// Whether `outer` goes on where `inner` ends, for every operand.
bool continues(const Loop& outer, const Loop& inner) {
  for (std::size_t i = 0; i < outer.strides.size(); ++i) {
    if (outer.strides[i] != inner.strides[i] * inner.extent) return false;
  }
  return true;
}

}  // namespace

LoopNest merged(const LoopNest& nest) {
  LoopNest result;
  result.start = nest.start;
  for (int i = 0; i < nest.count; ++i) {
    const Loop& loop = nest.loops[static_cast<std::size_t>(i)];
    if (loop.extent == 1) continue;
    if (result.count > 0) {
      Loop& last = result.loops[static_cast<std::size_t>(result.count - 1)];
      if (continues(last, loop)) {
        last = {last.extent * loop.extent, loop.strides};
        continue;
      }
    }
    result.add(loop);
  }
  return result;
}

LoopNest broadcast_nest(const TensorRef& dst, std::span<const TensorRef> src, const Box& box) {
  LoopNest nest;
  const int rank = dst.shape.rank();
  for (int axis = 0; axis < rank; ++axis) {
    Loop loop{at(box.extent, axis), {at(dst.strides, axis)}};
    for (std::size_t i = 0; i < src.size(); ++i) {
      const int src_axis = axis - (rank - src[i].shape.rank());
      const bool repeats = src_axis < 0 || src[i].shape[src_axis] == 1;
      loop.strides[i + 1] = repeats ? 0 : at(src[i].strides, src_axis);
    }
    for (std::size_t i = 0; i < nest.start.size(); ++i)
      nest.start[i] += at(box.begin, axis) * loop.strides[i];
    nest.add(loop);
  }
  return nest;
}

}  // namespace tilewright::kernels
