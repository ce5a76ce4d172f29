// SPDX-License-Identifier: Apache-2.0
// What others do about external traffic, on the given order: figures to be compared with. Their
// bytes count in the same model, and none of them has to find addresses unless it says so.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {

enum class TrafficBaseline : std::uint8_t {
  BeladyTensor,
  BeladyByte,
  LifetimePinning,
  GreedyBanks,
};

inline constexpr std::array kTrafficBaselines = {
    TrafficBaseline::BeladyTensor, TrafficBaseline::BeladyByte, TrafficBaseline::LifetimePinning,
    TrafficBaseline::GreedyBanks};

/// The name of `baseline` in snake_case, as printed in JSON.
[[nodiscard]] const char* to_string(TrafficBaseline baseline);

/// What `baseline` keeps in each gap.
///
/// Belady evicts what is used farthest in the future, whole storages or units; before a choice
/// between equals it takes the lower id. Pinning keeps a storage in all its gaps or in none, by
/// exhaustion over up to 20 storages that compete, else by bytes saved per byte and moment (Vela,
/// OnSRAM). Greedy banks place storages by falling size for their whole life at the lowest free
/// offset of the fast bank, over what the ops need in each moment (ExecuTorch).
[[nodiscard]] KeptUnits baseline_kept(const Timeline& line, TrafficBaseline baseline);

}  // namespace tilewright::scheduler
