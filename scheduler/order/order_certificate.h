// SPDX-License-Identifier: Apache-2.0
// What another program needs to see that no order has a smaller peak.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "scheduler/order/certified_states.h"
#include "scheduler/order/flow_certificate.h"
#include "scheduler/order/order_decision.h"
#include "scheduler/order/order_reduce.h"

namespace tilewright::scheduler {

/// A proof that no order of the graph has a peak below `bound_bytes`: the states hold the empty
/// one, all that their rules lead to, and not the full one.
struct SearchCertificate {
  std::int64_t bound_bytes = 0;
  bool backward = false;                               // ops are groups of the mirrored graph
  std::vector<Join> joins = {};                        // in order, ops of the problem
  std::vector<std::vector<std::int32_t>> groups = {};  // members of each op, in running order
  std::vector<CertifiedState> states = {};
};

using OrderProof = std::variant<FlowCertificate, SearchCertificate>;

/// The proof of the lower bound `bound_bytes` of `graph`, of which `order` is a topological order:
/// a flow if one is enough, else the states of a search; none if the limits do not suffice. The
/// search does not fix the order of equal ops, so it may take more states than the planner's.
[[nodiscard]] std::optional<OrderProof> certify_order(const OrderGraph& graph,
                                                      const std::vector<std::int32_t>& order,
                                                      std::int64_t bound_bytes,
                                                      const OrderLimits& limits);

/// The same without flows.
[[nodiscard]] std::optional<SearchCertificate> certify_by_search(
    const OrderGraph& graph, const std::vector<std::int32_t>& order, std::int64_t bound_bytes,
    const OrderLimits& limits);

}  // namespace tilewright::scheduler
