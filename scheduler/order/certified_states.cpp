// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/certified_states.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "scheduler/order/order_greedy.h"

namespace tilewright::scheduler {
namespace {

using OpSetWords = std::vector<OpWord>;

class Certifier {
 public:
  Certifier(const OrderGraph& graph, std::int64_t bound_bytes, const CommitLog& commits,
            const SearchRegion& region)
      : graph_(graph), bound_bytes_(bound_bytes), region_(region), state_(graph) {
    for (const Commit& commit : commits)
      commits_[commit.from] = commit.to;
  }

  std::optional<std::vector<CertifiedState>> run(std::int64_t max_states) {
    require(region_.base);
    while (!waiting_.empty()) {
      const OpSetWords executed = std::move(waiting_.back());
      waiting_.pop_back();
      state_.move_to(executed);
      const bool too_many = static_cast<std::int64_t>(states_.size()) > max_states;
      if (is_reached(executed) || too_many) return std::nullopt;
      states_.push_back(certified(executed));
    }
    return std::move(states_);
  }

 private:
  /// Whether `state_`, at `executed`, is what no order may lead to.
  [[nodiscard]] bool is_reached(const OpSetWords& executed) const {
    if (region_.floor_bytes)
      return executed != region_.base && state_.live_bytes() <= *region_.floor_bytes;
    for (std::size_t i = 0; i < executed.size(); ++i) {
      if ((region_.allowed[i] & ~executed[i]) != 0) return false;
    }
    return true;
  }

  void require(const OpSetWords& executed) {
    if (known_.insert(executed).second) waiting_.push_back(executed);
  }

  CertifiedState certified(const OpSetWords& executed) {
    CertifiedState result{executed, StateRule::Free};
    run_free_moves(state_, bound_bytes_ - 1, region_.allowed, result.ops);
    if (!result.ops.empty()) {
      require({state_.executed().begin(), state_.executed().end()});
      return result;
    }
    const auto commit = commits_.find(executed);
    if (commit != commits_.end() && commit->second != executed) {
      result.rule = StateRule::Lift;
      OpSetWords between = commit->second;
      for (std::size_t i = 0; i < between.size(); ++i)
        between[i] &= ~executed[i];
      for_each_op(between, [&](std::int32_t op) { result.ops.push_back(op); });
      result.transports = transports_between(graph_, executed, result.ops);
      require(commit->second);
      return result;
    }
    result.rule = StateRule::Expand;
    for_each_op(state_.ready(), [&](std::int32_t op) {
      if (!has_op(region_.allowed, op) || state_.cost(op).needed_bytes >= bound_bytes_) return;
      OpSetWords next = executed;
      flip_op(next, op);
      require(next);
    });
    return result;
  }

  const OrderGraph& graph_;
  std::int64_t bound_bytes_;
  const SearchRegion& region_;
  LiveState state_;
  std::map<OpSetWords, OpSetWords> commits_;
  std::set<OpSetWords> known_;
  std::vector<OpSetWords> waiting_;
  std::vector<CertifiedState> states_;
};

}  // namespace

std::optional<std::vector<CertifiedState>> certify_states(const OrderGraph& graph,
                                                          std::int64_t bound_bytes,
                                                          const CommitLog& commits,
                                                          const SearchRegion& region,
                                                          std::int64_t max_states) {
  return Certifier(graph, bound_bytes, commits, region).run(max_states);
}

}  // namespace tilewright::scheduler
