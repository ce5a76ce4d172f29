// SPDX-License-Identifier: Apache-2.0
// Kernels in plain C++ that need no configuration, scratch or packing: only what differs is said.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// A kernel that computes any range of rows with `run`.
[[nodiscard]] constexpr Kernel portable_kernel(std::string_view family, std::string_view name,
                                               bool (*supports)(const Call&, const Kernel&),
                                               void (*run)(const KernelArgs&)) {
  return {.name = name,
          .family = family,
          .isa = Isa::Portable,
          .dtype = DType::Float32,
          .tile = {},
          .functions = nullptr,
          .supports = supports,
          .configs = single_config,
          .config_ok = config_is_default,
          .row_granule = granule_of_one,
          .scratch_bytes = no_bytes,
          .packed_inputs = nothing_packed,
          .packed_bytes = no_bytes,
          .pack = pack_nothing,
          .run = run};
}

/// Whether `call` is an op of type `T`.
template <typename T>
[[nodiscard]] bool is_op(const Call& call) {
  return std::holds_alternative<T>(call.op);
}

/// Whether `call` is an op of type `T` whose operands are all float32.
template <typename T>
[[nodiscard]] bool is_float_op(const Call& call) {
  if (!is_op<T>(call) || call.dst.dtype != DType::Float32) return false;
  for (const TensorSpec& src : call.src) {
    if (src.dtype != DType::Float32) return false;
  }
  return true;
}

}  // namespace tilewright::kernels
