// SPDX-License-Identifier: Apache-2.0
// What another program needs to see that no order has a smaller peak.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "scheduler/order/flow_certificate.h"
#include "scheduler/order/live_state.h"
#include "scheduler/order/order_decision.h"
#include "scheduler/order/order_reduce.h"

namespace tilewright::scheduler {

/// Bytes that the closing of one storage repays for the opening of another that it implies.
struct Transport {
  std::int32_t closed = 0;
  std::int32_t opened = 0;
  std::int64_t bytes = 0;
};

enum class StateRule : std::uint8_t {
  Expand,  // every op that fits under the bound leads to a state of the certificate
  Free,    // `ops` one by one leave no more memory than they find: as good from there
  Lift,    // no set between has less memory than that after `ops`, by `transports`: likewise
};

struct CertifiedState {
  std::vector<OpWord> executed = {};
  StateRule rule{};
  std::vector<std::int32_t> ops = {};
  std::vector<Transport> transports = {};
};

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
/// search neither orders equal ops nor solves parts apart, so it may take more states than the
/// planner's.
[[nodiscard]] std::optional<OrderProof> certify_order(const OrderGraph& graph,
                                                      const std::vector<std::int32_t>& order,
                                                      std::int64_t bound_bytes,
                                                      const OrderLimits& limits);

/// The same without flows.
[[nodiscard]] std::optional<SearchCertificate> certify_by_search(
    const OrderGraph& graph, const std::vector<std::int32_t>& order, std::int64_t bound_bytes,
    const OrderLimits& limits);

}  // namespace tilewright::scheduler
