// SPDX-License-Identifier: Apache-2.0
// From everything that could run to the list worth searching.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "lib/tuner/tuning_problem.h"

namespace tilewright::tuner {

struct CandidateLimits {
  std::uint64_t scratch_bytes = std::numeric_limits<std::uint64_t>::max();
  std::size_t count = 512;  // what the search can score in tens of microseconds
  std::size_t count_per_algorithm =
      3;  // kept for every (algorithm, layout), however slow they look
};

/// `candidates` without repeated names (clamped blocks coincide), without those over the scratch
/// limit, and cut to the best by analytic time. Keeps the order. May exceed `limits.count` for the
/// sake of `limits.count_per_algorithm`.
[[nodiscard]] std::vector<Candidate> worth_searching(std::vector<Candidate> candidates,
                                                     const CandidateLimits& limits);

}  // namespace tilewright::tuner
