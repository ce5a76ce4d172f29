// SPDX-License-Identifier: Apache-2.0
// The program a session runs: steps in order, each with a kernel, its configuration and the
// addresses of its operands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tilewright/ops.h"
#include "tilewright/plan.h"
#include "tilewright/platform.h"
#include "tilewright/tensor.h"

#include "kernels/kernel.h"
#include "runtime/sharing.h"

namespace tilewright::runtime {

/// Where an operand's bytes are.
enum class Region : std::uint8_t {
  Arena,      // of the session
  Constants,  // of the plan
  Packed,     // nowhere: the kernel's `pack` consumed this constant when the plan was made
  External,   // of the session's external bank: plans with banks alone
  Strip,  // of a step with producers, in each worker's scratch: some rows of a producer's output
};

/// What lies in the external bank of an operand that begins in the arena.
struct Rest {
  std::int64_t begin_bytes = 0;   // of the operand, which is dense: from here on it is outside
  std::int64_t offset_bytes = 0;  // there, of its first byte
};

struct Operand {
  Region region = Region::Arena;
  std::int64_t offset_bytes = 0;
  DType dtype = DType::Float32;
  Shape shape;
  kernels::Strides strides{};     // elements; the innermost is 1
  std::optional<Rest> rest = {};  // see `runtime/split_steps.h`
};

struct Step {
  std::string name;  // the node's, of the model file
  Op op;
  const kernels::Kernel* kernel = nullptr;
  kernels::KernelConfig config;
  std::vector<Operand> src;
  Operand dst;
  Region packed_region = Region::Constants;  // or the arena, where a transfer has brought them
  std::int64_t packed_offset_bytes = 0;
  std::int64_t packed_bytes = 0;
  std::int64_t scratch_offset_bytes =
      0;                           // in the arena: one piece of `scratch_bytes` for each worker
  std::int64_t scratch_bytes = 0;  // of one worker, a multiple of kTensorAlignment
  std::int64_t stage_bytes = 0;    // behind the scratch of all workers, for split operands
  Sharing sharing;                 // the scratch of worker k is for share k
  /// Ops that run inside this step, in order, strip by strip; see `runtime/strip_steps.h`. Of these
  /// steps scratch, sharing and what follows are not used.
  std::vector<Step> producers;
  std::int64_t strip_rows = 0;  // of the output: how many are made before the next strip; 0 if
                                // there are no producers
};

struct PlanTensor {
  TensorSpec spec;
  std::int64_t offset_bytes = 0;  // in its region, dense
  Region region = Region::Arena;  // or External
};

/// Bytes copied from one region to another, or inside the arena.
struct Transfer {
  std::int32_t step = 0;  // before this one; as many as there are steps: after the last
  Region from = Region::External;
  std::int64_t from_offset_bytes = 0;
  Region to = Region::Arena;
  std::int64_t to_offset_bytes = 0;
  std::int64_t bytes = 0;
};

/// What a plan for a machine with a fast and an external memory has beside its steps. The arena is
/// the fast bank; what a step streams it reads and writes in the external bank. Constants count as
/// external.
struct BankPlan {
  std::string fast_name;
  std::string external_name;
  std::int64_t external_bytes = 0;  // per session, constants apart
  std::vector<Transfer> preload;    // constants, once before the first run
  std::vector<Transfer> transfers;  // of every run, by step
  TrafficProof proof;
};

struct KernelTable;

struct FlatPlan {
  std::int32_t threads = 1;
  std::int64_t arena_bytes = 0;
  std::vector<PlanTensor> inputs;
  std::vector<PlanTensor> outputs;
  std::vector<Step> steps;
  std::shared_ptr<const void>
      constants_owner;  // shared with nobody else, or the mapping of the plan's file
  std::span<const std::byte> constants;  // aligned to kTensorAlignment
  MemoryProof memory;
  /// Not null: sessions tune themselves. Shared with nobody else.
  std::shared_ptr<const KernelTable> kernel_table;
  std::optional<BankPlan> banks;
};

/// The specs of a step's operands, as `kernels::Call` wants them.
struct StepSpecs {
  std::vector<TensorSpec> src;
  TensorSpec dst;
};
[[nodiscard]] StepSpecs specs_of(const Step& step);
/// The same into the specs of another step, whose memory is used again.
void read_specs(const Step& step, StepSpecs& specs);

/// The highest end of anything the plan has in the arena or the external bank.
[[nodiscard]] std::int64_t used_bytes(const FlatPlan& plan, Region region);

/// Checks every claim of a plan: operands inside their regions, shapes that follow from the ops,
/// kernels that accept their calls, sizes of scratch and packed weights. A plan that passes cannot
/// make a kernel leave its memory. Errors: InvalidModel, "plan: step 3 'stem': expected ..., got
/// ...".
[[nodiscard]] Status check_plan(const FlatPlan& plan);

}  // namespace tilewright::runtime
