// SPDX-License-Identifier: Apache-2.0
#include "lib/view_strides.h"

#include <utility>
#include <vector>

namespace tilewright {
namespace {

using kernels::Strides;

/// A run of elements at one distance; a dimension, or several that are dense within each other.
struct Run {
  std::int64_t extent = 1;
  std::int64_t stride = 1;
};

std::size_t at(int axis) {
  return static_cast<std::size_t>(axis);
}

/// The innermost first; dimensions of one cell are left out.
std::vector<Run> merged_runs(const Shape& shape, const Strides& strides) {
  std::vector<Run> runs;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (shape[axis] == 1) continue;
    const Run run{shape[axis], strides[at(axis)]};
    if (!runs.empty() && runs.back().extent * runs.back().stride == run.stride) {
      runs.back().extent *= run.extent;
    } else {
      runs.push_back(run);
    }
  }
  return runs;
}

/// Gives dimensions of one cell a stride; nothing if the innermost of the others is not dense.
std::optional<Strides> with_single_cells(const Shape& shape, Strides strides) {
  std::int64_t inside = 1;
  bool is_innermost = true;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    std::int64_t& stride = strides[at(axis)];
    if (shape[axis] == 1) {
      stride = inside;
    } else if (std::exchange(is_innermost, false) && stride != 1) {
      return std::nullopt;
    }
    inside = stride * shape[axis];
  }
  return strides;
}

}  // namespace

std::optional<Strides> reshaped_strides(const Shape& from, const Strides& strides,
                                        const Shape& to) {
  std::vector<Run> runs = merged_runs(from, strides);
  Strides result{};
  std::size_t current = 0;
  for (int axis = to.rank() - 1; axis >= 0; --axis) {
    if (to[axis] == 1) continue;
    while (current < runs.size() && runs[current].extent == 1)
      ++current;
    if (current == runs.size() || runs[current].extent % to[axis] != 0) return std::nullopt;
    Run& run = runs[current];
    result[at(axis)] = run.stride;
    run.extent /= to[axis];
    run.stride *= to[axis];
  }
  return with_single_cells(to, result);
}

std::optional<Strides> transposed_strides(const Shape& to, const Strides& strides,
                                          const Transpose& transpose) {
  Strides result{};
  for (int axis = 0; axis < to.rank(); ++axis)
    result[at(axis)] = strides[at(transpose.perm[at(axis)])];
  return with_single_cells(to, result);
}

std::optional<Strides> untransposed_strides(const Shape& from, const Strides& strides,
                                            const Transpose& transpose) {
  Strides result{};
  for (int axis = 0; axis < from.rank(); ++axis)
    result[at(transpose.perm[at(axis)])] = strides[at(axis)];
  return with_single_cells(from, result);
}

}  // namespace tilewright
