// SPDX-License-Identifier: Apache-2.0
// The one test of every kernel: on dense and on strided operands between guard pages, whole and in
// ranges of rows, it gives what the reference gives, the same bits however the rows are cut, and
// writes nothing else.
#pragma once

#include <vector>

#include "tests/kernels/guarded_run.h"

namespace tilewright::kernels::tests {

struct Tolerance {
  double absolute = 0;
  double relative = 0;
};

struct Trial : Work {
  Tolerance tolerance = {};
};

/// Runs the trial on `kernel` in all layouts, and checks (Catch2) against `reference`. Does nothing
/// if the kernel does not support the call.
void check_kernel(const Kernel& kernel, const Kernel& reference, const Trial& trial);

/// The same for every kernel of `kernels` that runs here, against the first called `reference`.
/// Requires that at least one of them supports the call, the reference apart.
void check_kernels(std::span<const Kernel> kernels, std::string_view reference, const Trial& trial);

/// Like `check_kernels`, with the output over input `input`.
void check_in_place(std::span<const Kernel> kernels, std::string_view reference, const Trial& trial,
                    std::size_t input);

/// Repeatable values in [-4, 4).
[[nodiscard]] Values random_floats(Shape shape, unsigned seed = 1);
/// The same with NaN, infinities, zeros, denormals and large numbers here and there.
[[nodiscard]] Values special_floats(Shape shape, unsigned seed = 1, float largest = 3e38F);
/// Different bytes for elements of any dtype but Bool.
[[nodiscard]] Values distinct(DType dtype, Shape shape);

}  // namespace tilewright::kernels::tests
