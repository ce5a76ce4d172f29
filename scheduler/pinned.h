// SPDX-License-Identifier: Apache-2.0
// Storages whose offset in the arena the caller has fixed.
#pragma once

#include <cstdint>

#include "tilewright/status.h"

#include "scheduler/dependencies.h"
#include "scheduler/problem.h"

namespace tilewright::scheduler {

/// Whether every order of `problem` can be placed with its offsets: each is a multiple of the
/// alignment and of a storage in the arena that no in-place pair names, and storages that overlap
/// never live together, since in every order all users of the one run before all writers of the
/// other. `problem` is without cycles. Errors: InvalidModel; ResourceExhausted, above kMaxPinned
/// offsets, or kMaxPinnedWriters writers of a storage that overlaps another.
[[nodiscard]] Status check_pinned(const Problem& problem, const Dependencies& lists);

/// No arena is smaller than the highest end of a storage whose offset is given; 0 if there is none.
[[nodiscard]] std::int64_t pinned_end_bytes(const Problem& problem, const Dependencies& lists);

}  // namespace tilewright::scheduler
