// SPDX-License-Identifier: Apache-2.0
// What the sessions of a plan try inside inferences: kernels, their packed weights and scratch.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tilewright/compile.h"

#include "lib/lowering.h"
#include "lib/tune_model.h"
#include "runtime/kernel_table.h"
#include "scheduler/problem.h"

namespace tilewright {

/// Most kernels of a layer that are tried, beside the one it starts with.
inline constexpr std::size_t kMostInSituTrials = 12;

/// Whether two kernels read the same packed weights of `op`. (Tested over all kernels: what a
/// family packs depends on the width and depth of its panels and nothing else of a variant or
/// configuration.)
[[nodiscard]] bool packs_alike(const ProgramOp& op, const KernelChoice& a, const KernelChoice& b);

/// What the sessions of a plan try, and what was found wrong while it was made.
struct InSituTable {
  std::shared_ptr<const runtime::KernelTable> table;
  std::vector<std::string> warnings;
};

/// Chooses, for every layer that the cache does not know, the candidates of least analytic time
/// whose memory is within `options.tuning.in_situ_extra_bytes` and the memory limit, and packs
/// their weights. The layers share what memory there is: the best candidate of each goes first.
/// Kernels that pack alike share the bytes. What a trial computes is an answer: a kernel that is
/// not known to be right is compared with the reference before (`is_right`), and the cache file
/// keeps the result. Step k of `plan` is op `order[k]` of `program`.
[[nodiscard]] InSituTable in_situ_table(const Program& program, const TunedKernels& kernels,
                                        const runtime::FlatPlan& plan,
                                        std::span<const scheduler::OpId> order,
                                        const CompileOptions& options);

}  // namespace tilewright
