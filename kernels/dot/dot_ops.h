// SPDX-License-Identifier: Apache-2.0
// What each op of the dot family puts into the kernel contract.
#pragma once

#include "kernels/dot/dot_config.h"

namespace tilewright::kernels {

/// One op on the dot kernels. Sizes are in floats.
struct DotOp {
  std::uint32_t packed_inputs;
  /// The input must be float32 and reachable already.
  bool (*supports)(const Call& call, const DotVariant& variant);
  std::vector<KernelConfig> (*configs)(const Call& call, const DotVariant& variant);
  bool (*config_ok)(const Call& call, const DotVariant& variant, const KernelConfig& config);
  std::int64_t (*row_granule)(const Call& call, const DotVariant& variant,
                              const KernelConfig& config);
  std::int64_t (*column_granule)(const Call& call, const DotVariant& variant);
  std::int64_t (*scratch_floats)(const Call& call, const DotVariant& variant,
                                 const KernelConfig& config);
  std::int64_t (*packed_floats)(const Call& call, const DotVariant& variant);
  void (*pack)(const Call& call, const DotVariant& variant,
               std::span<const std::byte* const> constants, float* packed);
  void (*run)(const KernelArgs& args, const DotVariant& variant);
};

extern const DotOp kDotConv2d;
extern const DotOp kDotConvTranspose2d;
extern const DotOp kDotFullyConnected;
extern const DotOp kDotMatMul;

/// The constant `index` as floats.
[[nodiscard]] inline const float* constant(std::span<const std::byte* const> constants,
                                           std::size_t index) {
  return reinterpret_cast<const float*>(constants[index]);
}

}  // namespace tilewright::kernels
