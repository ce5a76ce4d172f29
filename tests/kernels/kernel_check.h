// SPDX-License-Identifier: Apache-2.0
// Holds every kernel of a family to its contract, on every instruction set that this machine has:
// the values of the reference, in guarded memory, with dense and strided operands, the same bits
// however rows and columns are cut, nothing read before it is written, NaN where the reference has
// it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/kernel.h"

namespace tilewright::kernels::tests {

struct KernelCase {
  std::string name;
  Op op;
  std::vector<TensorSpec> src;
  TensorSpec dst;
  double tolerance = 1e-5;  // of |got - expected| over 1 + |expected|
  double low = -1;          // values are drawn from [low, high)
  double high = 1;
  bool nan_may_spread = false;  // beyond the elements that depend on a NaN of the first operand
};

/// A float tensor of this shape.
[[nodiscard]] inline TensorSpec floats(Shape shape) {
  return {"", DType::Float32, shape, {}};
}

/// Runs each kernel of `family` but the references on each case that it supports. Every kernel but
/// those with `specialised` in their name must support one case at least, and every case must be
/// supported by a kernel.
void check_family(std::string_view family, std::span<const KernelCase> cases,
                  std::string_view specialised = {});

/// The same with the output over input `input`, which has its shape: what `may_run_in_place` says.
void check_family_in_place(std::string_view family, std::span<const KernelCase> cases,
                           std::size_t input, std::string_view specialised = {});

}  // namespace tilewright::kernels::tests
