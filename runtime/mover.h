// SPDX-License-Identifier: Apache-2.0
// Makes the transfers of a plan with banks, and counts what it moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tilewright/platform.h"

#include "runtime/flat_plan.h"

namespace tilewright::runtime {

/// What a session has for the regions of its plan, aligned to kTensorAlignment.
struct Memories {
  std::byte* arena = nullptr;
  std::byte* external = nullptr;  // of plans with banks
};

/// The address of `offset_bytes` in `region`; null for Packed. The caller writes to no constant.
[[nodiscard]] std::byte* address(const FlatPlan& plan, const Memories& memories, Region region,
                                 std::int64_t offset_bytes);

/// `bytes` before `data`. That may lie before the memory, where nobody reads: the base of a tensor
/// of which only some rows are there.
[[nodiscard]] std::byte* moved_back(std::byte* data, std::int64_t bytes);

/// Bytes that crossed the banks so far.
struct MovedBytes {
  std::int64_t loaded = 0;  // external to fast
  std::int64_t stored = 0;  // fast to external
  std::int64_t inside = 0;  // fast to fast
  // What kernels read and write where it lies, in the external bank.
  std::int64_t streamed_in = 0;
  std::int64_t streamed_out = 0;
};

class Mover {
 public:
  /// Moves nothing.
  Mover() = default;
  /// `plan` has been checked and outlives the mover. Allocates.
  Mover(const FlatPlan& plan, const Memories& memories, const Copier& copier);

  /// Brings what must be in fast memory before the first run, unless it is there.
  void begin_run();
  /// Makes the transfers before `step`; call for each step, and once behind the last one.
  void before(std::size_t step);
  /// To be called if a run ended early: fast memory is not as the next run expects it.
  void abandon_run();

  [[nodiscard]] const MovedBytes& moved() const { return moved_; }

 private:
  struct Move {
    std::size_t step = 0;
    std::byte* to = nullptr;
    const std::byte* from = nullptr;
    std::int64_t bytes = 0;
    std::int64_t MovedBytes::* counter = nullptr;
  };
  struct Stream {
    std::int64_t read_bytes = 0;
    std::int64_t written_bytes = 0;
  };
  [[nodiscard]] static std::vector<Move> resolve(const FlatPlan& plan, const Memories& memories,
                                                 const std::vector<Transfer>& transfers);
  void make(const Move& move);

  Copier copier_;
  std::vector<Move> preload_;
  std::vector<Move> moves_;
  std::vector<Stream> streams_;  // per step
  std::size_t next_ = 0;
  bool is_preloaded_ = false;
  MovedBytes moved_;
};

}  // namespace tilewright::runtime
