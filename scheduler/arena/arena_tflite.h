// SPDX-License-Identifier: Apache-2.0
// The baseline: the arena TensorFlow Lite plans for a given order.
#pragma once

#include <cstdint>
#include <span>

#include "scheduler/cost.h"
#include "scheduler/problem.h"

namespace tilewright::scheduler {

/// Size of the arena by greedy-by-size: storages that live throughout come first, then larger ones
/// before smaller, then earlier ones before later; each takes the tightest gap that holds it.
/// Nothing is shared in place; scratch is a storage of one step.
/// Source: Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference, 2020,
/// section 4; the order of ties and the choice of the gap follow TensorFlow Lite's arena planner.
[[nodiscard]] std::int64_t tflite_arena_bytes(const Problem& problem,
                                              std::span<const Lifetime> lifetimes,
                                              std::span<const OpId> order);

}  // namespace tilewright::scheduler
