// SPDX-License-Identifier: Apache-2.0
// What a step wrote against what the reference kernel of its op makes of the same operands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tilewright/status.h"

#include "kernels/kernel.h"
#include "lib/lowering.h"
#include "runtime/executor.h"

namespace tilewright {

struct StepError {
  std::string name;
  std::string type;
  std::string kernel;
  double max_abs = 0;    // largest |got - expected|
  double max_rel = 0;    // largest |got - expected| over the largest |expected| of the tensor
  double tolerance = 0;  // of max_rel
  bool passed = false;
};

/// The first elements of an output, row after row.
struct ExpectedRows {
  std::vector<std::byte> bytes;
};

/// What the reference kernel makes of the operands that `bound`, a step of `op`, is about to read:
/// its first `bound.rows` rows, all if it has no rows.
///
/// Errors: Unsupported, for an op without a reference kernel.
[[nodiscard]] Result<ExpectedRows> expected_rows(const ProgramOp& op,
                                                 const runtime::BoundStep& bound);

/// Compares what `bound` wrote. It passes if its `max_rel` is at most `tolerance`, which grows with
/// the square root of the length of the op's sums, and its infinities and NaNs stand where the
/// reference's do; other types than floats must be equal. `slack` multiplies the tolerance.
[[nodiscard]] StepError compare_rows(const ProgramOp& op, const runtime::BoundStep& bound,
                                     const ExpectedRows& expected, double slack = 1);

}  // namespace tilewright
