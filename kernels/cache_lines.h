// SPDX-License-Identifier: Apache-2.0
// Sizes in whole cache lines, at which packed weights, scratch and tensors begin.
#pragma once

#include "tilewright/tensor.h"

namespace tilewright::kernels {

/// `bytes`, rounded up to whole cache lines.
[[nodiscard]] constexpr std::int64_t whole_line_bytes(std::int64_t bytes) {
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

/// The same to an odd number of them, one at least: rows at multiples of 4 KiB would share the same
/// few sets of the first-level cache.
[[nodiscard]] constexpr std::int64_t odd_line_bytes(std::int64_t bytes) {
  return ((bytes + kTensorAlignment - 1) / kTensorAlignment | 1) * kTensorAlignment;
}

/// The same of floats, in floats.
[[nodiscard]] constexpr std::int64_t whole_lines(std::int64_t floats) {
  return whole_line_bytes(4 * floats) / 4;
}
[[nodiscard]] constexpr std::int64_t odd_lines(std::int64_t floats) {
  return odd_line_bytes(4 * floats) / 4;
}

}  // namespace tilewright::kernels
