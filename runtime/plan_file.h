// SPDX-License-Identifier: Apache-2.0
// A plan as bytes. Little-endian; all offsets from the start of the file:
//
//   0   "TWPLAN\r\n"        the line end shows transfers that changed it
//   8   u32 file version, u32 op codec version
//   16  u64 hash of the kernels of the build that made it: packed weights are in their layouts
//   24  u64 bytes of structure, u64 checksum of structure, u64 bytes of constants
//   48  structure: threads, arena, proof, inputs, outputs, steps, banks
//   ..  zeros up to a multiple of 64, then constants: a mapped file is used in place
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "runtime/cpu_features.h"
#include "runtime/flat_plan.h"

namespace tilewright::runtime {

inline constexpr std::uint32_t kPlanFileVersion = 5;

[[nodiscard]] std::vector<std::byte> write_plan(const FlatPlan& plan);

/// Reads and checks a plan for a machine with the instruction sets `isas`. Its constants stay where
/// they are: `owner` keeps `bytes` alive, which must be aligned to kTensorAlignment. Errors:
/// InvalidModel; Unsupported, for another version or build, or a machine that lacks an instruction
/// set.
[[nodiscard]] Result<std::shared_ptr<const FlatPlan>> read_plan(std::span<const std::byte> bytes,
                                                                std::shared_ptr<const void> owner,
                                                                IsaMask isas = supported_isas());

/// Whether `bytes` begin as a plan file does.
[[nodiscard]] bool is_plan_file(std::span<const std::byte> bytes);

}  // namespace tilewright::runtime
