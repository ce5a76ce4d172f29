// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_plan.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "scheduler/arena/arena_blocks.h"
#include "scheduler/arena/pair_choices.h"
#include "scheduler/pinned.h"

namespace tilewright::scheduler {
namespace {

constexpr std::size_t kMaxChoices = 64;

class Planner {
 public:
  Planner(const Problem& problem, const Dependencies& lists, const std::vector<OpId>& order,
          const ArenaLimits& limits, const ArenaRules& rules)
      : problem_(problem),
        order_(order),
        limits_(limits),
        rules_(rules),
        pinned_end_bytes_(pinned_end_bytes(problem, lists)),
        lives_(lifetimes(problem, lists, order)) {
    plan_.arena_bytes = std::numeric_limits<std::int64_t>::max();
  }

  ArenaPlan run() {
    search();
    plan_.lower_bound_bytes = std::max(plan_.lower_bound_bytes, pinned_end_bytes_);
    return std::move(plan_);
  }

 private:
  void search() {
    const std::vector<InPlaceUse> usable = usable_pairs(problem_, lives_, order_);
    const std::vector<InPlaceUse> best = best_pairs(problem_, usable);
    const std::int64_t least_peak_bytes = peak_with(best);
    plan_.lower_bound_bytes = least_peak_bytes;
    std::int64_t bound_bytes = try_pairs(best);
    if (usable.empty()) plan_.lower_bound_bytes = bound_bytes;
    if (usable.empty() || is_least(least_peak_bytes)) return;

    const std::vector<InPlaceUse> needed =
        needed_pairs(problem_, lives_, order_, best, least_peak_bytes);
    if (needed.size() < best.size()) try_pairs(needed);
    if (!is_least(least_peak_bytes)) try_all(usable);
  }

  [[nodiscard]] bool is_least(std::int64_t least_peak_bytes) const {
    return plan_.arena_bytes <= std::max(least_peak_bytes, pinned_end_bytes_);
  }

  [[nodiscard]] std::int64_t peak_with(const std::vector<InPlaceUse>& used) const {
    const std::vector<std::int64_t> bytes = step_bytes(problem_, lives_, order_, used);
    return *std::max_element(bytes.begin(), bytes.end());
  }

  /// Plans with the pairs `used` and keeps the plan if it is the best; returns its lower bound.
  std::int64_t try_pairs(const std::vector<InPlaceUse>& used) {
    const std::int64_t peak_bytes = peak_with(used);
    if (peak_bytes >= plan_.arena_bytes) return peak_bytes;
    const ArenaProblem arena = arena_problem(problem_, lives_, order_, used);
    const ArenaLimits left{limits_.max_nodes - plan_.nodes, limits_.deadline, 0, limits_.threads};
    const ArenaResult found = minimise_arena(arena, left, rules_);
    plan_.nodes += found.nodes;
    if (std::tuple(found.arena_bytes, peak_bytes) <
        std::tuple(plan_.arena_bytes, plan_.peak_bytes)) {
      keep(arena, found, used, peak_bytes);
    }
    return found.lower_bound_bytes;
  }

  void try_all(const std::vector<InPlaceUse>& usable) {
    const auto choices = all_choices(usable, kMaxChoices);
    if (!choices) return;
    std::int64_t bound_bytes = std::numeric_limits<std::int64_t>::max();
    for (const std::vector<InPlaceUse>& choice : *choices) {
      bound_bytes = std::min(bound_bytes, try_pairs(choice));
    }
    // Every arena uses one of the choices; a choice left out needs more than the best arena.
    plan_.lower_bound_bytes = std::min(bound_bytes, plan_.arena_bytes);
  }

  void keep(const ArenaProblem& arena, const ArenaResult& found,
            const std::vector<InPlaceUse>& used, std::int64_t peak_bytes) {
    plan_.in_place_used = used;
    plan_.peak_bytes = peak_bytes;
    plan_.arena_bytes = found.arena_bytes;
    plan_.offsets.assign(problem_.storages.size(), std::nullopt);
    plan_.scratch_offsets.assign(problem_.ops.size(), std::nullopt);
    for (std::size_t i = 0; i < arena.blocks.size(); ++i) {
      const ArenaBlock& block = arena.blocks[i];
      for (const StorageId id : block.storages)
        plan_.offsets[index(id)] = found.offsets[i];
      if (block.scratch_of) plan_.scratch_offsets[index(*block.scratch_of)] = found.offsets[i];
    }
  }

  const Problem& problem_;
  const std::vector<OpId>& order_;
  const ArenaLimits& limits_;
  const ArenaRules& rules_;
  std::int64_t pinned_end_bytes_ = 0;
  std::vector<Lifetime> lives_;
  ArenaPlan plan_;
};

}  // namespace

ArenaPlan plan_arena(const Problem& problem, const Dependencies& dependencies,
                     const std::vector<OpId>& order, const ArenaLimits& limits,
                     const ArenaRules& rules) {
  return Planner(problem, dependencies, order, limits, rules).run();
}

}  // namespace tilewright::scheduler
