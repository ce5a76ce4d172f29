// SPDX-License-Identifier: Apache-2.0
// The memory of one session: its arena, and the external bank if its plan has one.
#pragma once

#include <optional>

#include "tilewright/session.h"

#include "runtime/arena.h"
#include "runtime/mover.h"

namespace tilewright::runtime {

struct SessionMemory {
  Arena arena;
  std::optional<Arena> external;

  [[nodiscard]] Memories addresses() const {
    return {arena.data(), external ? external->data() : nullptr};
  }
};

/// Zeroed memory for `plan`, from where `options` says; where that is the system's, the arena has
/// spare memory for the bound steps. Errors: InvalidArgument, for banks that the
/// plan does not have; ResourceExhausted.
[[nodiscard]] Result<SessionMemory> session_memory(const FlatPlan& plan,
                                                   const SessionOptions& options);

}  // namespace tilewright::runtime
