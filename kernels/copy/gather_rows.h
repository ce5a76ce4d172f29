// SPDX-License-Identifier: Apache-2.0
// Gathers along the last dimension by a list of indices: every row of the output picks the same
// elements of a row of x.
#pragma once

#include "kernels/copy/copy_nest.h"

namespace tilewright::kernels {

/// The loops over the rows of a box, without their columns: operand 0 is the output, 1 is x.
[[nodiscard]] LoopNest gathered_rows(const KernelArgs& args, const Box& box);

/// Calls f(rows, dst, x) for the runs of rows that `args` asks for: `rows` counts them, with the
/// distances, in elements, from one to the next in the output and in x.
template <typename F>
void for_each_run_of_rows(const KernelArgs& args, F&& f) {
  const std::int64_t bytes = size_bytes(args.dst.dtype);
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    const LoopNest rows = gathered_rows(args, box);
    for_each_cycle(rows, 1, [&](const Offsets& offsets) {
      f(rows.inner(0), args.dst.data + offsets[0] * bytes, args.src[0].data + offsets[1] * bytes);
    });
  });
}

/// The vector kernels of this architecture for such gathers.
[[nodiscard]] std::span<const Kernel> vector_gather_kernels();

}  // namespace tilewright::kernels
