// SPDX-License-Identifier: Apache-2.0
// The loops around the generated int8 kernel: blocks of rows, and how src is brought to them.
//
// scratch: a block of packed rows | a window | a tile of dst
#pragma once

#include "kernels/dot_i8/i8_panels.h"
#include "kernels/images.h"

namespace tilewright::kernels {

/// `KernelConfig::algorithm` of this family: how the kernel reads src.
enum class I8Input : std::int32_t {
  Packed,  // rows of windows in the form of the instruction, `block_rows` tiles of mr at a time
  Direct,  // pixels as they lie; `block_rows` is 0
};

struct I8Job {
  const DotI8Variant& variant;
  const KernelConfig& config;
  DotGeometry geometry;
  ImagesOf<std::int8_t> src, dst;
  I8Panels panels;
  std::byte* scratch;
  ColumnRange columns;  // of dst, of which there are no more than `end`
};

/// Whether the kernel can read pixels of src as they lie.
[[nodiscard]] bool reads_i8_directly(const DotGeometry& geometry, const DotI8Variant& variant);

[[nodiscard]] std::int64_t i8_scratch_bytes(const DotGeometry& geometry,
                                            const DotI8Variant& variant,
                                            const KernelConfig& config);

/// Computes the flat rows [begin, end) of dst, of these the job's columns.
void run_dot_i8(const I8Job& job, std::int64_t begin, std::int64_t end);

}  // namespace tilewright::kernels
