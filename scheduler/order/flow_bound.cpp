// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/flow_bound.h"

#include <algorithm>

#include "scheduler/order/live_state.h"
#include "scheduler/order/op_relatives.h"
#include "scheduler/order/valley.h"

namespace tilewright::scheduler {
namespace {

// Ops left open in all cuts together; 0.1 s on a 2 GHz core.
constexpr std::int64_t kMaxOpenOps = 500'000;

struct Candidate {
  std::int64_t needed_bytes = 0;  // in the given order
  std::int32_t op = 0;
};

std::vector<Candidate> candidates(const OrderGraph& graph, const std::vector<std::int32_t>& order) {
  LiveState state(graph);
  std::vector<Candidate> result;
  for (const std::int32_t op : order) {
    result.push_back({state.cost(op).needed_bytes, op});
    state.run(op);
  }
  std::stable_sort(result.begin(), result.end(), [](const Candidate& a, const Candidate& b) {
    return a.needed_bytes > b.needed_bytes;
  });
  return result;
}

class OpBound {
 public:
  explicit OpBound(const OrderGraph& graph) : graph_(graph), finder_(graph) {}

  [[nodiscard]] std::int64_t open_ops() const { return open_ops_; }

  /// The least bytes `op` needs, from whatever set it runs.
  std::int64_t least_bytes(std::int32_t op) {
    const OpRelatives relatives = op_relatives(graph_, op);
    const std::vector<OpWord>& before = relatives.before;
    for_each_op(relatives.neither, [&](std::int32_t) { ++open_ops_; });
    const OrderStep& step = graph_.ops[static_cast<std::size_t>(op)].steps.front();
    std::int64_t bytes = live_bytes(graph_, before) + step.scratch_bytes;
    for (const std::int32_t opened : step.opens) {
      const OrderStorage& storage = graph_.storages[static_cast<std::size_t>(opened)];
      const bool lives =
          storage.open_at_start ||
          std::ranges::any_of(storage.openers, [&](std::int32_t o) { return has_op(before, o); });
      if (!lives) bytes += storage.bytes;
    }
    return bytes + finder_.find_before(before, relatives.neither, op).change_bytes;
  }

 private:
  const OrderGraph& graph_;
  ValleyFinder finder_;
  std::int64_t open_ops_ = 0;
};

}  // namespace

std::int64_t flow_bound_bytes(const OrderGraph& graph, const std::vector<std::int32_t>& order,
                              std::int64_t bound_bytes) {
  OpBound bound(graph);
  for (const Candidate& candidate : candidates(graph, order)) {
    if (candidate.needed_bytes <= bound_bytes || bound.open_ops() > kMaxOpenOps) break;
    bound_bytes = std::max(bound_bytes, bound.least_bytes(candidate.op));
  }
  return bound_bytes;
}

}  // namespace tilewright::scheduler
