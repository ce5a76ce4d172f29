// SPDX-License-Identifier: Apache-2.0
// Networks that do not fit into small banks.
#pragma once

#include "lib/graph/graph.h"

namespace tilewright::tests {

/// Three branches that wait for each other, the last joined with another: what the first makes does
/// not stay where it is.
[[nodiscard]] graph::Graph waiting_branches();

/// Weights of less than a page and of several, packed and not, and a skip connection.
[[nodiscard]] graph::Graph branches_with_weights();

}  // namespace tilewright::tests
