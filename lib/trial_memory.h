// SPDX-License-Identifier: Apache-2.0
// Memory in which one kernel after the other is tried: allocated, touched and filled once, not once
// per kernel.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "runtime/arena.h"
#include "runtime/executor.h"
#include "runtime/flat_plan.h"

namespace tilewright {

/// Numbers in (0, 1): no kernel makes infinities or denormals of them.
void fill_with_numbers(std::byte* data, std::int64_t bytes);

/// Bytes from an operand's first element to behind its last.
[[nodiscard]] std::int64_t extent_bytes(const runtime::Operand& operand);

/// A plan of one step with its addresses.
struct Trial {
  runtime::FlatPlan plan;
  std::optional<runtime::Arena> own_constants;  // where values decide what the kernel does
  runtime::BoundSteps bound;                    // the step; points into `plan`
};

/// What a trial finds in the place of its weights, float or 8-bit.
enum class TrialWeights : std::uint8_t { Numbers, Packed };

/// One block in three parts, which all trials share, and another of weights:
///
///   | numbers: inputs | zeros: other inputs | what kernels write |    | numbers: weights |
///
/// Numbers are float32, int8 and uint8: how long a kernel takes does not depend on their values as
/// long as no float is a denormal, so weights are not packed: the kernel reads as many numbers
/// where its packed weights would be. Constants of other types (indices, say) are written as the
/// plan would have them.
///
/// In an inference the weights of all other layers are read between two uses of a layer's own,
/// which are then as far away as the caches are small. So there are as many numbers as the network
/// has weights, and trials read one stretch of them after the other.
class TrialMemory {
 public:
  /// `network_weights_bytes` are the weights of all layers that an inference reads.
  explicit TrialMemory(std::int64_t network_weights_bytes = 0);

  /// Lays out one step; valid until the next call, which may move the block. `op` outlives it.
  /// With packed weights it computes what the plan would.
  ///
  /// Errors: ResourceExhausted, if the machine has no memory for it.
  [[nodiscard]] Result<Trial> lay_out(const ProgramOp& op, const KernelChoice& choice,
                                      std::int32_t threads,
                                      TrialWeights weights = TrialWeights::Numbers);

  /// Lets `bound`, the trial's step or a part of it, find its weights behind those of the last run,
  /// of any trial. Of a part that is `fraction` of the step, this holds for as much of the weights,
  /// so that it takes this fraction of the time. Nothing changes for weights that are not numbers.
  void turn_weights(const Trial& trial, double fraction, runtime::BoundStep& bound);

 private:
  struct Sizes {
    std::int64_t number_bytes = 0;
    std::int64_t zero_bytes = 0;
    std::int64_t written_bytes = 0;
  };
  [[nodiscard]] Status reserve(const Sizes& needed);
  [[nodiscard]] Status reserve_weights(std::int64_t needed_bytes);

  std::optional<runtime::Arena> block_;
  Sizes sizes_;
  std::int64_t least_weights_bytes_;
  std::optional<runtime::Arena> weights_;
  std::int64_t weights_end_ = 0;  // of what the last run read
};

}  // namespace tilewright
