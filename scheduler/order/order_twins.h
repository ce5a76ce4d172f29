// SPDX-License-Identifier: Apache-2.0
// Ops that are equal in every respect get a fixed order among them.
#pragma once

#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// Adds a wait from each op to the next one that it could change places with: same steps, same
/// waits, and storages of its own that are read alike. Some order of least peak obeys it.
void order_twins(OrderGraph& graph);

}  // namespace tilewright::scheduler
