// SPDX-License-Identifier: Apache-2.0
// The loops around the generated kernel: how rows of the output are cut into blocks, and how the
// input is brought to them.
#pragma once

#include <algorithm>

#include "kernels/dot/dot_gather.h"
#include "kernels/dot/dot_panels.h"

namespace tilewright::kernels {

/// `KernelConfig::algorithm` of this family: how the kernel reads src.
enum class DotInput : std::int32_t {
  InPlace,   // src itself: windows that stay inside it
  Gathered,  // windows copied to a matrix, block by block
  Strip,     // rows of src copied with their padding
};

/// One op, ready to run. `KernelConfig` means: `block_rows` tiles of mr rows per block (Strip, and
/// InPlace unless pointwise: rows of output pixels per block), 0 for all; `block_columns` 0 if a
/// block of rows meets all columns before the next block does, else so many panels meet all rows
/// before the next panels do; `block_depth` elements of the innermost reduction per call, 0 for
/// all.
struct DotJob {
  const DotVariant& variant;
  const KernelConfig& config;
  DotGeometry geometry;
  DotEpilogue epilogue;
  Images src, dst;
  Images addend;             // data is null if there is none
  const float* packed;       // laid out as in dot_panels.h
  float* scratch;            // `job_scratch_floats` floats
  ColumnRange columns = {};  // of dst; see `Kernel::column_granule`
};

[[nodiscard]] std::int64_t job_scratch_floats(const DotGeometry& geometry,
                                              const DotVariant& variant,
                                              const KernelConfig& config);

/// Whether whole rows of output pixels are the unit of work.
[[nodiscard]] bool works_by_image_row(const DotGeometry& geometry, const KernelConfig& config);

/// Calls `run` with the job for `panels` panels of the group after the other.
template <typename F>
void for_each_part(const DotJob& job, std::int64_t group, std::int64_t panels, F run) {
  const std::int64_t columns = job.geometry.columns;
  const std::int64_t width = panels * job.variant.nr;
  const std::int64_t origin = group * columns;
  DotJob part = job;
  for (std::int64_t first = 0; first < columns; first += width) {
    part.columns = {std::max(origin + first, job.columns.begin),
                    std::min(origin + std::min(first + width, columns), job.columns.end)};
    if (part.columns.begin < part.columns.end) run(part);
  }
}

/// Calls `run` with the job for one block of columns after the other.
template <typename F>
void for_each_column_block(const DotJob& job, F run) {
  if (job.config.block_columns == 0) return run(job);
  for (std::int64_t group = 0; group < job.geometry.groups; ++group)
    for_each_part(job, group, job.config.block_columns, run);
}

/// Computes the flat rows [begin, end) of dst, of these the job's columns.
void run_dot(const DotJob& job, std::int64_t begin, std::int64_t end);

/// Where a block is gathered.
[[nodiscard]] float* gathered_scratch(const DotJob& job);

/// The block of a gathered matrix, multiplied: rows [row, row + count) of dst, at one stride.
void multiply_gathered(const DotJob& job, const float* gathered, std::int64_t group,
                       std::int64_t row, std::int64_t count);

}  // namespace tilewright::kernels
