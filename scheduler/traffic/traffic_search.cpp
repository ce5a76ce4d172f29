// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_search.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <queue>
#include <utility>

#include "scheduler/traffic/traffic_state.h"

namespace tilewright::scheduler {
namespace {

constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

struct Node {
  TrafficState state;
  std::size_t parent = 0;
  OpId op{};
  std::int64_t lower_bound = 0;
  bool dropped = false;  // another state of the same ops is at least as good
};

class Search {
 public:
  Search(const Problem& problem, const Dependencies& lists, const KnownUnits& units,
         const TrafficSearchLimits& limits)
      : problem_(problem),
        moves_(problem, lists, limits.max_choices),
        upper_(units.upper),
        lower_(units.lower),
        limits_(limits) {}

  TrafficSearchResult run() {
    TrafficSearchResult result;
    add({moves_.start(), 0, {}, 0, false});
    while (!open_.empty()) {
      const std::size_t position = open_.top().second;
      const std::int64_t bound = -open_.top().first.first;
      if (result.states >= limits_.max_states || cells() >= limits_.max_cells ||
          unexplored_ <= lower_) {
        result.lower_bound_units = std::min({bound, unexplored_, upper_});
        return result;
      }
      open_.pop();
      if (nodes_[position].dropped) continue;
      ++result.states;
      if (moves_.is_end(nodes_[position].state)) {
        result.order = path(position);
        result.lower_bound_units = std::min(bound, unexplored_);
        result.finished = bound <= unexplored_;
        return result;
      }
      expand(position);
    }
    result.lower_bound_units = std::min(upper_, unexplored_);
    result.finished = upper_ <= unexplored_;
    return result;
  }

 private:
  [[nodiscard]] std::int64_t cells() const {
    return static_cast<std::int64_t>(nodes_.size() * problem_.storages.size());
  }

  void expand(std::size_t position) {
    for (std::size_t i = 0; i < problem_.ops.size(); ++i) {
      const OpId op = op_id(i);
      if (!moves_.can_run(nodes_[position].state, op)) continue;
      const TrafficChoices choices = moves_.choices(nodes_[position].state, op);
      if (!choices.complete) {
        unexplored_ = std::min(unexplored_, nodes_[position].lower_bound);
      }
      for (const std::vector<std::int64_t>& kept : choices.kept) {
        TrafficState state = moves_.after(nodes_[position].state, op, kept);
        const std::int64_t bound =
            std::max(nodes_[position].lower_bound, state.units + moves_.missing_units(state));
        if (bound < upper_) add({std::move(state), position, op, bound, false});
      }
    }
  }

  void add(Node node) {
    std::vector<std::size_t>& same = same_ops_[node.state.executed];
    for (const std::size_t other : same) {
      const TrafficState& state = nodes_[other].state;
      if (state.units + moves_.conversion_units(state, node.state) <= node.state.units) return;
    }
    for (const std::size_t other : same) {
      const TrafficState& state = nodes_[other].state;
      if (node.state.units + moves_.conversion_units(node.state, state) <= state.units) {
        nodes_[other].dropped = true;
      }
    }
    std::erase_if(same, [&](std::size_t other) { return nodes_[other].dropped; });
    same.push_back(nodes_.size());
    std::int64_t executed = 0;
    for (const std::uint64_t word : node.state.executed)
      executed += std::popcount(word);
    open_.push({{-node.lower_bound, executed}, nodes_.size()});
    nodes_.push_back(std::move(node));
  }

  [[nodiscard]] std::vector<OpId> path(std::size_t position) const {
    std::vector<OpId> order;
    for (; position != 0; position = nodes_[position].parent)
      order.push_back(nodes_[position].op);
    std::reverse(order.begin(), order.end());
    return order;
  }

  // Least bound first, then most ops executed, then the latest.
  using Entry = std::pair<std::pair<std::int64_t, std::int64_t>, std::size_t>;

  const Problem& problem_;
  TrafficMoves moves_;
  std::int64_t upper_;
  std::int64_t lower_;
  const TrafficSearchLimits& limits_;
  std::vector<Node> nodes_;
  std::priority_queue<Entry> open_;
  std::map<std::vector<std::uint64_t>, std::vector<std::size_t>> same_ops_;
  std::int64_t unexplored_ = kNone;  // least bound of a state not all of whose choices were taken
};

bool is_supported(const Problem& problem) {
  return problem.execution == Execution::Full && !problem.steady_state &&
         std::none_of(problem.storages.begin(), problem.storages.end(),
                      [](const Storage& storage) { return storage.fast; });
}

}  // namespace

TrafficSearchResult search_traffic(const Problem& problem, const Dependencies& lists,
                                   const KnownUnits& units, const TrafficSearchLimits& limits) {
  if (!is_supported(problem) || problem.ops.empty()) return {};
  return Search(problem, lists, units, limits).run();
}

}  // namespace tilewright::scheduler
