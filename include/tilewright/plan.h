// SPDX-License-Identifier: Apache-2.0
// A compiled network: steps, addresses and packed weights for one kind of CPU. Immutable, shared,
// saved and loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tilewright/status.h"
#include "tilewright/tensor.h"

namespace tilewright {

namespace runtime {
struct FlatPlan;
}

/// What a plan needs of one bank.
struct BankRequirement {
  std::string name;
  std::int64_t bytes = 0;         // per session
  std::int64_t weight_bytes = 0;  // once per plan, in the plan's own memory: for the external bank
};

/// What a plan needs, known before anything is allocated.
struct Requirements {
  /// Per session: inputs, outputs, intermediates and scratch; with banks, of the fast one.
  std::int64_t arena_bytes = 0;
  std::int64_t scratch_bytes = 0;        // the largest scratch of a step, part of `arena_bytes`
  std::int64_t packed_weight_bytes = 0;  // once per plan, shared by its sessions
  std::int64_t trial_weight_bytes =
      0;                     // packed for kernels on trial (TuningMode::InSitu), likewise
  std::int32_t threads = 1;  // most workers a session of this plan can use
  std::vector<BankRequirement> banks =
      {};  // the fast one, then the external one; none without banks
};

/// What the planner proved about the memory of a plan. Bytes include inputs, outputs and scratch,
/// not weights. With banks nothing is proven here: `arena_bytes` and `peak_bytes` are what is used
/// of the fast one, weights in it included.
struct MemoryProof {
  std::int64_t peak_bytes = 0;  // largest sum of live bytes over all steps of the chosen order
  std::int64_t peak_lower_bound_bytes = 0;  // no order needs less
  std::int64_t arena_bytes = 0;             // height of the placement
  std::int64_t arena_lower_bound_bytes = 0;
  bool order_proven_optimal = false;
  bool arena_proven_optimal = false;  // for the chosen order
  bool jointly_optimal = false;       // arena = least peak: no order and placement need less
};

/// What the planner says about the bytes that cross the external bank in each run of a plan with
/// banks. Compulsory are those that no fast memory avoids.
struct TrafficProof {
  std::int64_t weights_compulsory_bytes = 0;
  std::int64_t weights_avoidable_bytes = 0;
  std::int64_t activations_compulsory_bytes = 0;
  std::int64_t activations_avoidable_bytes = 0;
  std::int64_t lower_bound_bytes = 0;  // of all four together, whatever order and residency
  bool proven_optimal = false;

  [[nodiscard]] std::int64_t total_bytes() const {
    return weights_compulsory_bytes + weights_avoidable_bytes + activations_compulsory_bytes +
           activations_avoidable_bytes;
  }
};

/// Component: `tilewright::runtime`.
class Plan {
 public:
  /// Reads what `save` wrote. Everything is checked, and this CPU must have the instruction sets of
  /// its kernels.
  ///
  /// Errors: NotFound, IoError; InvalidModel, for a file that is not a plan or breaks its rules;
  /// Unsupported, for a plan of another version, build or CPU.
  [[nodiscard]] static Result<Plan> load(const std::string& path);
  /// The same from memory; `bytes` may go away after the call.
  [[nodiscard]] static Result<Plan> load(std::span<const std::byte> bytes);

  /// Writes the plan, atomically. Errors: IoError; an old file is then as it was.
  [[nodiscard]] Status save(const std::string& path) const;

  /// Inputs and outputs in the model's own order, names, shapes and layouts.
  [[nodiscard]] std::vector<TensorSpec> inputs() const;
  [[nodiscard]] std::vector<TensorSpec> outputs() const;

  [[nodiscard]] Requirements requirements() const;
  [[nodiscard]] MemoryProof memory() const;
  /// Zeros for a plan without banks.
  [[nodiscard]] TrafficProof traffic() const;

  /// For the library's own parts.
  explicit Plan(std::shared_ptr<const runtime::FlatPlan> flat) : flat_(std::move(flat)) {}
  [[nodiscard]] const runtime::FlatPlan& flat() const { return *flat_; }

 private:
  friend class Session;
  std::shared_ptr<const runtime::FlatPlan>
      flat_;  // shared by copies of the plan and by its sessions
};

}  // namespace tilewright
