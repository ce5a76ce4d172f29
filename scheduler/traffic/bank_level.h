// SPDX-License-Identifier: Apache-2.0
// One bank between the fast memory and the external one: what it keeps of what passes.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "scheduler/problem.h"
#include "scheduler/traffic/bank_plan.h"

namespace tilewright::scheduler {

/// A bank not chosen yet: one of those beyond.
inline constexpr std::size_t kOutside = std::numeric_limits<std::size_t>::max();

struct BankLevel {
  std::vector<BankTransfer> transfers;  // in the order they happen; some still go outside
  std::vector<BankPiece> pieces;
};

[[nodiscard]] std::int64_t transfer_unit(const Problem& problem);

/// Lets bank `bank` keep bytes between the transfers that go to and from kOutside, so that the
/// fewest bytes cross its own outer border. Bytes that it is to keep and that come from outside go
/// into it first and on from there.
[[nodiscard]] BankLevel fill_bank(const Problem& problem, std::size_t bank,
                                  const std::vector<BankTransfer>& transfers);

}  // namespace tilewright::scheduler
