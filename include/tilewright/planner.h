// SPDX-License-Identifier: Apache-2.0
// How memory of a machine with banks is planned: where ops find their operands, what may stay in
// fast memory. docs/problem_format.md defines each word.
#pragma once

#include <cstdint>
#include <optional>

namespace tilewright {

enum class Execution : std::uint8_t {
  Full,       // all operands of the running op lie in fast memory
  Streaming,  // an op reads its operands piece by piece through a staging buffer
};

enum class Residency : std::uint8_t {
  Granules,  // fast memory may keep the first granules of a storage
  Whole,     // fast memory keeps all of a storage or nothing between two uses
};

/// Only for plans with banks.
struct PlannerOptions {
  Execution execution = Execution::Full;
  Residency residency = Residency::Granules;
  bool stream_weights = false;  // kernels read weights in external memory, where they lie
  bool steady_state = false;    // run again and again: weights may stay in fast memory
  std::optional<std::int64_t> stage_bytes = {};  // fast memory that streaming takes from each op
};

}  // namespace tilewright
