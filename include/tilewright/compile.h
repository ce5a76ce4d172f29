// SPDX-License-Identifier: Apache-2.0
// From a model to a plan: kernels are chosen (tuned, if there is a budget), then memory is planned
// exactly.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tilewright/model.h"
#include "tilewright/plan.h"
#include "tilewright/planner.h"
#include "tilewright/platform.h"
#include "tilewright/status.h"

namespace tilewright {

enum class TuningMethod : std::uint8_t { Gp, Halving, Random, Exhaustive };

/// What choosing kernels may do on this machine.
enum class TuningMode : std::uint8_t {
  Off,     // the analytic best everywhere; the cache is neither read nor written
  Cached,  // what the cache holds, else the analytic best; nothing is measured
  Budget,  // as Cached, then what the cache does not know is measured for `TuningOptions::budget`
  /// As Cached; then each session of the plan tries candidates in its own runs, and changes to what
  /// is faster: see docs/tuning.md for what a run may take meanwhile. Kernels round differently, so
  /// that outputs of two runs may differ in their last bits until tuning is over. `Plan::save`
  /// keeps the plan alone.
  InSitu,
};

/// Asked again and again while candidates are measured, on the thread that called the library.
/// Once `is_wanted` says true, tuning ends with what it has learnt, which is in the cache file by
/// then; the next call goes on from there. Null: never.
struct Interrupt {
  bool (*is_wanted)(void* user) = nullptr;
  void* user = nullptr;
};

struct TuningOptions {
  TuningMode mode = TuningMode::Budget;
  /// Time for measuring candidates in mode Budget, at least 200 ms; 0 is mode Cached.
  std::chrono::milliseconds budget{0};
  /// Results are read from and merged into this file; empty: none. A damaged cache is a warning and
  /// a fresh start; any other file is a warning and left as it is, or an error (InvalidModel)
  /// before anything is measured.
  std::string cache_file = {};
  bool needs_cache_file = false;  // the latter
  TuningMethod method = TuningMethod::Halving;
  std::uint64_t seed = 1;
  /// Most memory for candidates of mode InSitu: packed weights, once per plan, and scratch, once
  /// per session. Candidates beyond it are not tried.
  std::int64_t in_situ_extra_bytes = std::int64_t{64} << 20;
  Interrupt interrupt = {};
};

/// Whether chains of ops (an inverted residual block) may run as one step, strip by strip, so that
/// the tensors between them need no memory. Outputs have the same bits either way. Sessions that
/// tune themselves change the kernels of single ops: in mode InSitu nothing is fused. Nor is it
/// in plans with banks.
enum class Fusion : std::uint8_t {
  Off,
  Auto,    // where tuning has measured that it is faster, or that it costs no time and the arena is
           // smaller with it; and where a memory limit demands it
  Memory,  // wherever it lowers the least memory that some step needs
};

struct CompileOptions {
  std::int32_t threads = 1;  // most workers a session may use; 1 to kMaxThreads
  /// The highest instruction set to use; none: the best this machine has.
  std::optional<Isa> isa = {};
  /// Keeps input bytes valid after a run. Otherwise memory of an input may serve others after its
  /// last use.
  bool preserve_inputs = false;
  /// Leaves out kernels that compute convolutions by fewer multiplications than they have
  /// (Winograd's), at the price of rounding errors.
  bool exact_arithmetic = false;
  Fusion fusion = Fusion::Auto;
  /// Largest arena allowed; none: no limit. Not together with `banks`, whose sizes are limits.
  std::optional<std::int64_t> memory_limit_bytes = {};
  /// The memories of the machine, from the fastest to the external one; none: all memory is alike.
  /// With them the plan keeps in the first bank what saves traffic to the last, moves the rest, and
  /// kernels run on the first alone. Banks between the two are not used.
  std::vector<Bank> banks = {};
  PlannerOptions planner = {};
  TuningOptions tuning = {};
  Log log = {};
};

/// Compiles `model` for this machine. Component: `tilewright::device`.
///
/// The same model, options and tuning cache give the same plan, byte for byte (unless
/// `tuning.budget` measures). Errors: Unsupported, naming the op and node without a kernel, or for
/// planner options that can be planned but not run; Infeasible, if no strips were found to fit and
/// the least arena proven possible without them is above the limit, or a bank below the least size
/// proven, naming both and the tensors that make it; ResourceExhausted, if no plan within the limit
/// was found, nor a proof that there is none; InvalidArgument, for options out of range.
[[nodiscard]] Result<Plan> compile(const Model& model, const CompileOptions& options = {});

}  // namespace tilewright
