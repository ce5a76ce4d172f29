// SPDX-License-Identifier: Apache-2.0
// Banks and transfers of a plan as bytes.
#pragma once

#include <optional>

#include "runtime/bytes.h"
#include "runtime/flat_plan.h"

namespace tilewright::runtime {

void put_banks(ByteWriter& writer, const std::optional<BankPlan>& banks);

/// Marks the reader as failed for what no writer writes; `check_plan` judges the numbers.
[[nodiscard]] std::optional<BankPlan> get_banks(ByteReader& reader);

}  // namespace tilewright::runtime
