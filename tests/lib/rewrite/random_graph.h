// SPDX-License-Identifier: Apache-2.0
// Small graphs of all float ops, wrapped in layout transposes as importers wrap them.
#pragma once

#include <cstdint>

#include "lib/graph/graph.h"

namespace tilewright::rewriting::tests {

/// A graph of about `ops` ops (more nodes: each importer's op makes several). The same for the same
/// seed.
[[nodiscard]] graph::Graph random_graph(std::uint32_t seed, int ops);

}  // namespace tilewright::rewriting::tests
