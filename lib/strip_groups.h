// SPDX-License-Identifier: Apache-2.0
// Fusion across layers: chains of ops that can run as one step, strip by strip, and what that
// saves.
//
//   expand ─► depthwise ─► project        three ops, two tensors between them
//   [expand + depthwise + project]        one op with two producers, no tensor between them
//
// A program is fused after its kernels are chosen: every op of a group keeps its own. What is fused
// is for the caller to decide: by measurement (`strip_choice.h`), or for memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/kernel_choice.h"
#include "lib/lowering.h"

namespace tilewright {

/// Most ops of one group.
inline constexpr std::size_t kMaxGroupOps = 4;

/// Ops of a program, each the only reader of the one before, and how much of the last one's output
/// is one strip.
struct StripGroup {
  std::vector<std::size_t> ops;
  std::int64_t strip_rows = 0;

  friend bool operator==(const StripGroup&, const StripGroup&) = default;
};

struct FusedProgram {
  Program program;
  std::vector<KernelChoice> choices;  // one per op
};

/// The longest chains of at least two ops whose tensors between them only the next op reads, and
/// only rows of it that are known; none in two chains. Every part of a chain with at least two and
/// at most kMaxGroupOps ops is a group.
[[nodiscard]] std::vector<std::vector<std::size_t>> strip_chains(
    const Program& program, const std::vector<KernelChoice>& choices);

/// Whether some kernels may make such a chain. Costs less than to look for one.
[[nodiscard]] bool may_have_strips(const Program& program);

/// Heights of strips worth trying for a group whose last op is `op`, in rows of its output, the
/// lowest first: 1, 2, 4, .. lines of the image or matrices of a batch, and of matrices parts of
/// them down to 32 rows; whole granules of the kernel, at most half of the output. Empty if there
/// is no such height.
[[nodiscard]] std::vector<std::int64_t> strip_heights(const ProgramOp& op,
                                                      const KernelChoice& choice);

/// What a group takes out of the memory plan, and what it brings.
struct StripMemory {
  std::int64_t removed_bytes = 0;         // of tensors between its ops
  std::int64_t worker_scratch_bytes = 0;  // of the group, kernels' own included
};
[[nodiscard]] StripMemory strip_memory(const Program& program,
                                       const std::vector<KernelChoice>& choices,
                                       const StripGroup& group);

/// What must be live while `group` runs as one step: its storages, and the scratch of all workers.
/// A single op runs as it is. Tensors that live on beside a step are not seen.
[[nodiscard]] std::int64_t step_bytes(const Program& program,
                                      const std::vector<KernelChoice>& choices,
                                      const StripGroup& group, std::int32_t threads);

/// The program with every group as one op, in the place of its last, named "a + b + c"; tensors
/// between are gone. Groups share no op.
[[nodiscard]] FusedProgram fuse(const Program& program, const std::vector<KernelChoice>& choices,
                                const std::vector<StripGroup>& groups);

/// Disjoint groups for when memory is what matters. Every op needs its operands and scratch at
/// once; of all ways to group, one in which the greediest step needs at most `target_bytes`, or the
/// least possible if that is more, with as few ops in strips as that allows, in strips as high as
/// that allows. Tensors that live on beside a step are not seen here: the planner has the last
/// word.
[[nodiscard]] std::vector<StripGroup> memory_groups(const Program& program,
                                                    const std::vector<KernelChoice>& choices,
                                                    std::int32_t threads,
                                                    std::int64_t target_bytes = 0);

}  // namespace tilewright
