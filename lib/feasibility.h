// SPDX-License-Identifier: Apache-2.0
// Whether a network can run in a memory of a given size at all: yes, proven not, or open.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tilewright/compile.h"
#include "tilewright/status.h"

#include "lib/graph/graph.h"

namespace tilewright {

enum class Verdict : std::uint8_t {
  Fits,            // there is a plan within the limit
  ProvenNotToFit,  // no order, placement and kernels considered need less, without strips
  Open,            // neither was found
};

/// `fits`, `proven_not_to_fit`, `open`.
[[nodiscard]] const char* to_string(Verdict verdict);

/// Numbers hold for the arena: inputs, outputs, activations and kernel scratch, each rounded up to
/// kTensorAlignment, with views, concats by address, and ops in place where their kernels may.
/// Weights are not among them. Ops run one after the other, whatever `fusion` says: in strips some
/// networks need less than is proven here.
struct Feasibility {
  Verdict verdict = Verdict::Open;
  std::int64_t arena_bytes = 0;  // of the plan; if none fits, the smallest found
  std::int64_t lower_bound_bytes =
      0;  // least bytes, over all kernels considered if `kernels_save_scratch`
  bool kernels_save_scratch = false;  // the fastest kernels did not fit: those of least scratch
  double latency_ms = 0;              // sum over the ops of the plan's kernels
  std::size_t ops = 0;
  std::size_t measured_ops = 0;  // whose time is of the tuning cache; the others' is analytic
  std::int64_t weight_bytes = 0;
};

/// Plans `graph` with the kernels `compile` would choose, and if they do not fit into `limit_bytes`
/// with those of least scratch: no choice among the kernels that `compile` considers with these
/// options has a smaller peak, so what is proven then holds for all of them. Kernels of a lower
/// instruction set, and reference kernels where faster ones exist, are not among them. Errors:
/// those of `choose_kernels` and of scheduler::solve.
[[nodiscard]] Result<Feasibility> judge_feasibility(const graph::Graph& graph,
                                                    const CompileOptions& options,
                                                    std::int64_t limit_bytes);

}  // namespace tilewright
