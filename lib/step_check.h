// SPDX-License-Identifier: Apache-2.0
// Compares every step of a compiled network with the reference kernel of its op, on the step's own
// inputs, so that an error shows where it is made and not where it ends up.
#pragma once

#include <cstdint>
#include <vector>

#include "tilewright/status.h"

#include "lib/compilation.h"
#include "lib/reference_check.h"

namespace tilewright {

/// Runs `compilation` once on seeded inputs in (-1, 1), step by step, and compares each step
/// (`compare_rows`).
///
/// Errors: those of Session; Unsupported, for a step whose op has no reference kernel,
/// or a plan with banks.
[[nodiscard]] Result<std::vector<StepError>> check_steps(const Compilation& compilation,
                                                         std::uint64_t seed);

/// `model` with every float constant replaced by seeded numbers of a size that keeps activations in
/// range: for models whose own weights are all equal.
[[nodiscard]] Model with_random_weights(const Model& model, std::uint64_t seed);

}  // namespace tilewright
