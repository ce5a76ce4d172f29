// SPDX-License-Identifier: Apache-2.0
#include "lib/strip_offer.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "scheduler/solve.h"

namespace tilewright {
namespace {

constexpr std::size_t kMaxPlans = 64;

/// A way to cut a chain into steps, or the begin of one.
struct ChainWay {
  double saved_seconds = 0;
  std::size_t ops_in_strips = 0;
  std::int64_t bytes = 0;  // that the greediest step needs
  std::vector<StripGroup> groups;

  [[nodiscard]] bool is_better_than(const ChainWay& other) const {
    return std::tuple(-saved_seconds, ops_in_strips, bytes) <
           std::tuple(-other.saved_seconds, other.ops_in_strips, other.bytes);
  }
};

/// A step that ops of a chain may be: one of them as it is, or an offered group.
struct ChainStep {
  OfferedGroup offer;
  std::int64_t bytes = 0;

  [[nodiscard]] std::size_t count() const { return offer.group.ops.size(); }
};

/// Per op of a chain the steps that begin with it.
using ChainSteps = std::vector<std::vector<ChainStep>>;

ChainWay extended(ChainWay way, const ChainStep& step) {
  way.bytes = std::max(way.bytes, step.bytes);
  way.saved_seconds += step.offer.saved_seconds;
  if (step.count() == 1) return way;
  way.ops_in_strips += step.count();
  way.groups.push_back(step.offer.group);
  return way;
}

/// The best way in which no step needs more than `most_bytes`.
std::optional<ChainWay> best_way(const ChainSteps& steps, std::int64_t most_bytes) {
  std::vector<std::optional<ChainWay>> ways(steps.size() + 1);
  ways[0] = ChainWay{};
  for (std::size_t first = 0; first < steps.size(); ++first) {
    if (!ways[first]) continue;
    for (const ChainStep& step : steps[first]) {
      if (step.bytes > most_bytes) continue;
      ChainWay way = extended(*ways[first], step);
      std::optional<ChainWay>& end = ways[first + step.count()];
      if (!end || way.is_better_than(*end)) end = std::move(way);
    }
  }
  return ways.back();
}

/// The best way, then those that save as much time and need less and less.
std::vector<ChainWay> ways_of(const ChainSteps& steps) {
  std::vector<ChainWay> ways{*best_way(steps, std::numeric_limits<std::int64_t>::max())};
  while (true) {
    std::optional<ChainWay> next = best_way(steps, ways.back().bytes - 1);
    if (!next || next->saved_seconds < ways.front().saved_seconds) return ways;
    ways.push_back(*std::move(next));
  }
}

class Offer {
 public:
  Offer(const Program& program, const std::vector<KernelChoice>& choices,
        const ProblemOptions& options)
      : program_(program), choices_(choices), options_(options) {}

  void add_chain(const std::vector<std::size_t>& chain, const std::vector<OfferedGroup>& offered) {
    ChainSteps steps(chain.size());
    for (std::size_t first = 0; first < chain.size(); ++first) {
      for (const OfferedGroup& offer : offered) {
        if (offer.group.ops.front() == chain[first]) steps[first].push_back(step_of(offer));
      }
    }
    if (std::ranges::all_of(steps, &std::vector<ChainStep>::empty)) return;
    for (std::size_t first = 0; first < chain.size(); ++first)
      steps[first].push_back(step_of({{{chain[first]}, 0}, 0}));
    ways_.push_back(ways_of(steps));
  }

  Result<std::vector<StripGroup>> take() {
    Picks best(ways_.size(), 0);
    if (std::ranges::none_of(ways_, [](const auto& ways) { return ways.size() > 1; }))
      return groups_of(best);
    TILEWRIGHT_TRY(std::int64_t best_bytes, arena_bytes(best));
    Picks picks = best;
    while (arenas_.size() < kMaxPlans && lower_greediest(picks)) {
      TILEWRIGHT_TRY(const std::int64_t bytes, arena_bytes(picks));
      if (bytes >= best_bytes) continue;
      best_bytes = bytes;
      best = picks;
    }
    for (std::size_t chain = 0; chain < best.size(); ++chain)
      TILEWRIGHT_RETURN_IF_ERROR(choose_again(chain, best_bytes, best));
    return groups_of(best);
  }

 private:
  using Picks = std::vector<std::size_t>;  // of each chain which way

  [[nodiscard]] ChainStep step_of(OfferedGroup offer) const {
    const std::int64_t bytes = step_bytes(program_, choices_, offer.group, options_.threads);
    return {std::move(offer), bytes};
  }

  [[nodiscard]] std::vector<StripGroup> groups_of(const Picks& picks) const {
    std::vector<StripGroup> groups;
    for (std::size_t chain = 0; chain < picks.size(); ++chain) {
      const std::vector<StripGroup>& own = ways_[chain][picks[chain]].groups;
      groups.insert(groups.end(), own.begin(), own.end());
    }
    return groups;
  }

  Result<std::int64_t> arena_bytes(const Picks& picks) {
    const auto known = arenas_.find(picks);
    if (known != arenas_.end()) return known->second;
    const FusedProgram fused = fuse(program_, choices_, groups_of(picks));
    TILEWRIGHT_TRY(const scheduler::Solution solution,
                   scheduler::solve(scheduling_problem(fused.program, fused.choices, options_)));
    arenas_.emplace(picks, solution.arena_bytes);
    return solution.arena_bytes;
  }

  /// The next way of the chain with the greediest step, of those that have one.
  bool lower_greediest(Picks& picks) const {
    std::size_t greediest = picks.size();
    std::int64_t most_bytes = -1;
    for (std::size_t chain = 0; chain < picks.size(); ++chain) {
      if (picks[chain] + 1 == ways_[chain].size()) continue;
      const std::int64_t bytes = ways_[chain][picks[chain]].bytes;
      if (bytes <= most_bytes) continue;
      most_bytes = bytes;
      greediest = chain;
    }
    if (greediest == picks.size()) return false;
    ++picks[greediest];
    return true;
  }

  /// Of all ways of one chain the best; that of fewest ops in strips if arenas are equal.
  Status choose_again(std::size_t chain, std::int64_t& best_bytes, Picks& best) {
    Picks picks = best;
    for (std::size_t way = 0; way < ways_[chain].size() && arenas_.size() < kMaxPlans; ++way) {
      if (way == best[chain]) continue;
      picks[chain] = way;
      TILEWRIGHT_TRY(const std::int64_t bytes, arena_bytes(picks));
      const std::size_t ops = ways_[chain][way].ops_in_strips;
      const std::size_t best_ops = ways_[chain][best[chain]].ops_in_strips;
      if (std::tuple(bytes, ops) >= std::tuple(best_bytes, best_ops)) continue;
      best_bytes = bytes;
      best[chain] = way;
    }
    return ok();
  }

  const Program& program_;
  const std::vector<KernelChoice>& choices_;
  ProblemOptions options_;
  std::vector<std::vector<ChainWay>> ways_;  // of each chain of which something is offered
  std::map<Picks, std::int64_t> arenas_;     // that are known
};

}  // namespace

Result<std::vector<StripGroup>> take_offered(const Program& program,
                                             const std::vector<KernelChoice>& choices,
                                             const std::vector<std::vector<std::size_t>>& chains,
                                             const std::vector<OfferedGroup>& offered,
                                             const ProblemOptions& options) {
  Offer offer(program, choices, options);
  for (const std::vector<std::size_t>& chain : chains)
    offer.add_chain(chain, offered);
  return offer.take();
}

}  // namespace tilewright
