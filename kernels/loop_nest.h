// SPDX-License-Identifier: Apache-2.0
// Loops over several tensors at once: what strides and broadcasting leave of a box of elements
// after loops that continue each other are merged. Dense tensors become one loop.
#pragma once

#include "kernels/row_boxes.h"

namespace tilewright::kernels {

/// The output and two inputs.
inline constexpr int kMaxOperands = 3;
using Offsets = std::array<std::int64_t, kMaxOperands>;  // elements, one per operand

struct Loop {
  std::int64_t extent = 1;
  Offsets strides{};
};

/// Loops, outermost first, and where the operands start. Unused operands have zeros.
struct LoopNest {
  std::array<Loop, kMaxRank> loops{};
  int count = 0;
  Offsets start{};

  void add(const Loop& loop) { loops[static_cast<std::size_t>(count++)] = loop; }
  /// The i-th loop from the innermost; one of a single cycle if there are fewer.
  [[nodiscard]] Loop inner(int i) const {
    return i < count ? loops[static_cast<std::size_t>(count - 1 - i)] : Loop{};
  }
};

/// The same elements in the same order with as few loops as possible.
[[nodiscard]] LoopNest merged(const LoopNest& nest);

/// The loops over `box`, a box of elements of `dst`: operand 0 is `dst`, the others are inputs that
/// broadcast to it. At most two inputs.
[[nodiscard]] LoopNest broadcast_nest(const TensorRef& dst, std::span<const TensorRef> src,
                                      const Box& box);

/// Calls f(offsets) for every cycle of all loops but the innermost `inner` ones.
template <typename F>
void for_each_cycle(const LoopNest& nest, int inner, F&& f) {
  const int outer = std::max(nest.count - inner, 0);
  Index cycle{};
  Offsets offsets = nest.start;
  for (;;) {
    f(offsets);
    int axis = outer - 1;
    for (; axis >= 0; --axis) {
      const Loop& loop = nest.loops[static_cast<std::size_t>(axis)];
      const bool wraps = ++at(cycle, axis) == loop.extent;
      for (std::size_t i = 0; i < offsets.size(); ++i)
        offsets[i] += loop.strides[i] * (wraps ? 1 - loop.extent : 1);
      if (!wraps) break;
      at(cycle, axis) = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace tilewright::kernels
