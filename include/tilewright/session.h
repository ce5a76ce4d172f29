// SPDX-License-Identifier: Apache-2.0
// One running instance of a plan: owns its arena and its threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/compile.h"
#include "tilewright/plan.h"
#include "tilewright/platform.h"
#include "tilewright/status.h"
#include "tilewright/step_tuner.h"
#include "tilewright/tensor.h"

namespace tilewright {

struct SessionOptions {
  std::int32_t threads =
      0;  // workers, the calling thread among them; 0: as many as the plan was made for
  bool profile = false;  // measure every step; costs two clock readings per step
  Allocator allocator = {};
  Log log = {};
  /// Memory for the banks of the plan, by name; those left out come from `allocator`.
  std::vector<BankMemory> banks = {};
  Copier copier = {};  // for transfers between banks
};

/// Bytes that transfers read from and wrote to a bank, and that kernels read of weights which lie
/// there by plan. What kernels read and write in fast memory is not counted.
struct BankTraffic {
  std::string_view name;  // lives as long as the plan
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;
};

/// Time spent in one step over all runs so far.
struct StepTime {
  std::string_view name;  // the node's, of the model file; lives as long as the plan
  std::string_view type;  // "conv2d"; "strips" of several ops that run as one
  /// "dot_f32_14x32_avx512"; of several ops the last one's; while a session tunes itself, its
  /// choice so far.
  std::string_view kernel;
  std::int64_t macs = 0;  // of one run
  std::int64_t runs = 0;
  std::int64_t total_ns = 0;
};

/// Component: `tilewright::runtime` (`open`: `tilewright::tilewright`). Movable, not copyable.
///
/// One thread at a time per Session, `cancel` excepted; sessions of one plan run concurrently.
class Session {
 public:
  /// Allocates the arena, or the banks, and starts the workers; later runs allocate nothing.
  /// Errors: ResourceExhausted, if an allocator has no memory or a bank too little;
  /// InvalidArgument, for options out of range or banks that the plan does not have.
  [[nodiscard]] static Result<Session> create(const Plan& plan, const SessionOptions& options = {});

  /// Loads, compiles and creates in one step. Errors: those of Model::load, compile and create.
  [[nodiscard]] static Result<Session> open(const std::string& model_path,
                                            const CompileOptions& options = {});

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Memory of an input in the arena (with banks: in the external one), dense, in the model's own
  /// layout: write here, then `run`. A run may overwrite it (see CompileOptions::preserve_inputs).
  /// For an unknown index or name the view has no memory, and its `as` says so. Valid as long as
  /// the session.
  [[nodiscard]] MutableTensorView input(std::size_t index);
  [[nodiscard]] MutableTensorView input(std::string_view name);

  /// Memory of an output; its bytes are valid from a run to the next write to an input.
  [[nodiscard]] TensorView output(std::size_t index) const;
  [[nodiscard]] TensorView output(std::string_view name) const;

  /// Runs the plan once on the session's own inputs and outputs.
  ///
  /// Allocates nothing and logs nothing if it succeeds. Denormals are flushed to zero inside; the
  /// caller's floating-point mode is restored. Errors: Cancelled. After an error the session can
  /// run again.
  [[nodiscard]] Status run();

  /// The same on the caller's buffers, which are copied to and from the arena. `inputs[i]` has the
  /// dtype and shape of `plan.inputs()[i]`, likewise `outputs[i]`; dense, not null. Errors:
  /// InvalidArgument, with the index and the expected spec.
  [[nodiscard]] Status run(std::span<const TensorView> inputs,
                           std::span<const MutableTensorView> outputs);

  /// Makes the run in progress return Cancelled after its current step; without one, does nothing.
  /// Any thread.
  void cancel();

  /// What was moved in all runs so far, as counted where it was moved: the fast bank, then the
  /// external one. In steady state `create` moves weights too. Empty without banks.
  [[nodiscard]] std::vector<BankTraffic> traffic() const;

  /// One entry per step, in order; empty unless `SessionOptions::profile`.
  [[nodiscard]] std::vector<StepTime> profile() const;

  /// How far tuning inside runs has come; all zero unless the plan was compiled with
  /// `TuningMode::InSitu`.
  [[nodiscard]] TuningProgress tuning() const;

  /// Writes what tuning inside runs has settled so far to the cache file of
  /// `CompileOptions::tuning`, atomically. Not during a run.
  ///
  /// Errors: InvalidArgument, if the session does not tune itself or there is no such file to
  /// write; otherwise those of the file, which is then as it was.
  [[nodiscard]] Status save_tuning();

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tilewright
