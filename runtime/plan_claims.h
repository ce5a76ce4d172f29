// SPDX-License-Identifier: Apache-2.0
// What the judges of plans share: one form of error, and whether bytes lie in a region.
#pragma once

#include <cstdint>
#include <string>

#include "tilewright/status.h"

#include "runtime/flat_plan.h"

namespace tilewright::runtime {

[[nodiscard]] inline Error broken_claim(const std::string& where, const std::string& expected) {
  return Error{ErrorCode::InvalidModel, "plan: " + where + ": expected " + expected};
}

/// Whether the bytes from `offset` lie in [0, limit).
[[nodiscard]] inline bool fits(std::int64_t offset, std::int64_t bytes, std::int64_t limit) {
  return offset >= 0 && bytes >= 0 && bytes <= limit && offset <= limit - bytes;
}

/// The size of a region of `plan`; 0 for regions that it does not have.
[[nodiscard]] std::int64_t region_bytes(const FlatPlan& plan, Region region);

/// Checks names, sizes and transfers of a plan with banks; `ok` without them.
[[nodiscard]] Status check_banks(const FlatPlan& plan);

}  // namespace tilewright::runtime
