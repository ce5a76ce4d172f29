// SPDX-License-Identifier: Apache-2.0
// Tables of kernels from tables of generated variants, at compile time.
#pragma once

#include <array>

#include "kernels/portable_kernel.h"

namespace tilewright::kernels {

/// One kernel per variant: like a portable one, but with its Isa and functions.
template <typename Variant, std::size_t kCount>
[[nodiscard]] constexpr std::array<Kernel, kCount> variant_kernels(
    std::string_view family, const std::array<Variant, kCount>& variants,
    bool (*supports)(const Call&, const Kernel&), void (*run)(const KernelArgs&)) {
  std::array<Kernel, kCount> kernels{};
  for (std::size_t i = 0; i < kCount; ++i) {
    kernels[i] = portable_kernel(family, variants[i].name, supports, run);
    kernels[i].isa = variants[i].isa;
    kernels[i].tile.lanes = variants[i].lanes;
    kernels[i].functions = &variants[i];
  }
  return kernels;
}

/// What `kernel_of` makes of each variant.
template <typename Variant, std::size_t kCount>
[[nodiscard]] constexpr std::array<Kernel, kCount> kernels_of(
    const std::array<Variant, kCount>& variants, Kernel (*kernel_of)(const Variant&)) {
  std::array<Kernel, kCount> kernels{};
  for (std::size_t i = 0; i < kCount; ++i)
    kernels[i] = kernel_of(variants[i]);
  return kernels;
}

/// The tables one after the other.
template <std::size_t... kCounts>
[[nodiscard]] constexpr auto joined(const std::array<Kernel, kCounts>&... tables) {
  std::array<Kernel, (kCounts + ...)> kernels{};
  std::size_t next = 0;
  const auto append = [&](const auto& table) {
    for (const Kernel& kernel : table)
      kernels[next++] = kernel;
  };
  (append(tables), ...);
  return kernels;
}

/// The functions of the variant that runs.
template <typename Variant>
[[nodiscard]] const Variant& variant_of(const Kernel& kernel) {
  return *static_cast<const Variant*>(kernel.functions);
}

/// Generated functions count elements in 32 bits.
[[nodiscard]] inline bool is_small_enough(const Call& call) {
  constexpr std::int64_t limit = std::int64_t{1} << 30;
  for (const TensorSpec& src : call.src) {
    if (src.shape.elements() > limit) return false;
  }
  return call.dst.shape.elements() <= limit;
}

}  // namespace tilewright::kernels
