// SPDX-License-Identifier: Apache-2.0
// What is said of ops in strips.
#pragma once

#include <vector>

#include "lib/strip_choice.h"
#include "tools/tilewright/command.h"

namespace tilewright::tool {

/// Adds the groups as "strips", and as text those that run in strips, of how many they are, and how
/// many were offered to the planner since they cost no time.
void add_strips(const std::vector<StripOutcome>& strips, Outcome& outcome);

}  // namespace tilewright::tool
