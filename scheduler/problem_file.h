// SPDX-License-Identifier: Apache-2.0
// Problems and solutions as JSON text; docs/problem_format.md is the definition.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tilewright/status.h"

#include "scheduler/order/order_certificate.h"
#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

inline constexpr std::size_t kMaxProblemFileBytes = std::size_t{32} << 20;
inline constexpr int kMaxProblemFileDepth = 8;  // of nested lists and objects

/// The problem in `text`, checked by `check_problem` too.
/// Errors: InvalidModel with the path of the value at fault, `problem: ops[3].reads[0]: expected
/// ...`; ResourceExhausted above a limit.
[[nodiscard]] Result<Problem> read_problem(std::string_view text);

/// The file form of `problem`; `read_problem` gives an equal problem back.
[[nodiscard]] std::string write_problem(const Problem& problem);

/// The solution with the problem it solves, enough to check one against the other. Holds all values
/// but the effort: equal solutions give equal bytes.
[[nodiscard]] std::string write_solution(const Problem& problem, const Solution& solution);

/// The solution, its problem, the proof of its lower bound if there is one, and what stands behind
/// the bound of its arena: enough for another program to accept all but a search for an arena.
[[nodiscard]] std::string write_certificate(const Problem& problem, const Solution& solution,
                                            const std::optional<OrderProof>& proof);

}  // namespace tilewright::scheduler
