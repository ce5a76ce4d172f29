// SPDX-License-Identifier: Apache-2.0
// The flow behind a bound by minimum cuts: what another program needs to see that one op needs that
// much in every order.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/order/live_state.h"
#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// How the credit of the op's in-place pairs is bounded from above.
enum class CreditRule : std::uint8_t {
  Apart,  // each read earns its best pair, once all its other readers have run
  Whole,  // the best choice of pairs, whatever has run
};

enum class FlowKind : std::uint8_t {
  Close,   // from a storage to one of the ops that must all have run for it to be closed
  Credit,  // from a storage that the op reads to one that must have run for it to be its last
           // reader
  Wait,    // from an op to one that it waits for
  Open,    // from an op to a storage that lives once it has run
};

struct CertifiedFlow {
  FlowKind kind{};
  std::int32_t from = 0;  // storages and ops have the positions of the problem's lists
  std::int32_t to = 0;
  std::int64_t bytes = 0;
};

/// A proof that no order has a peak below `bound_bytes`: `op` needs that much from whatever set it
/// runs. Bytes that flow arrive at storages whose opening costs what a closing earned.
struct FlowCertificate {
  std::int64_t bound_bytes = 0;
  std::optional<std::int32_t> op =
      {};  // none: that much lives before the first op or after the last
  CreditRule credit{};
  std::vector<OpWord> cut = {};  // the greatest set from which `op` needs the least
  std::vector<CertifiedFlow> flows = {};
};

/// The certificate of the lower bound `bound_bytes` of `graph`, whose ops have one step each and of
/// which `order` is a topological order; none if no single op proves it, or the work is too much.
[[nodiscard]] std::optional<FlowCertificate> certify_flow(const OrderGraph& graph,
                                                          const std::vector<std::int32_t>& order,
                                                          std::int64_t bound_bytes);

}  // namespace tilewright::scheduler
