// SPDX-License-Identifier: Apache-2.0
// Sets of executed ops that lead nowhere below a bound, each with the rule that says why.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/order/live_state.h"
#include "scheduler/order/order_decision.h"
#include "scheduler/order/transports.h"

namespace tilewright::scheduler {

enum class StateRule : std::uint8_t {
  Expand,  // every op that fits under the bound leads to a state of the certificate
  Free,    // `ops` one by one leave no more memory than they find: as good from there
  Lift,    // no set between has less memory than that after `ops`, by `transports`: likewise
  Parts,   // what is left falls into `parts`, and none of them goes down from one end
};

struct StuckPart;

struct CertifiedState {
  std::vector<OpWord> executed = {};
  StateRule rule{};
  /// Of Parts: ops of the mirrored graph that may run first there, by a lift from its empty set.
  std::vector<std::int32_t> ops = {};
  std::vector<Transport> transports = {};
  bool turned = false;  // of Parts: it is the mirrored graph that they do not go down in
  std::vector<StuckPart> parts = {};
};

/// No order of `ops` alone leads from the end they start at to a set with no more memory, or if
/// there is one part, to the other end.
struct StuckPart {
  std::vector<OpWord> ops = {};
  std::vector<CertifiedState> states = {};
};

/// What is searched: orders of `allowed`, from `base`, to a set with no more than `floor_bytes`,
/// or without a floor, to all of `allowed`.
struct SearchRegion {
  std::vector<OpWord> base = {};
  std::vector<OpWord> allowed = {};
  std::optional<std::int64_t> floor_bytes = std::nullopt;
};

/// Follows the rules from the base until all states have one; `commits` say where to lift. None if
/// that takes more than `max_states`, or leads where it must not.
[[nodiscard]] std::optional<std::vector<CertifiedState>> certify_states(const OrderGraph& graph,
                                                                        std::int64_t bound_bytes,
                                                                        const CommitLog& commits,
                                                                        const SearchRegion& region,
                                                                        std::int64_t max_states);

}  // namespace tilewright::scheduler
