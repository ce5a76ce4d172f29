// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/residency.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <queue>

#include "scheduler/traffic/keep_greedily.h"
#include "scheduler/traffic/residency_program.h"

namespace tilewright::scheduler {
namespace {

constexpr double kFraction = 1e-6;  // of a unit

/// What a linear program says about a part whose gaps are partly decided.
struct Relaxation {
  std::int64_t lower_bound = 0;
  std::vector<double> missing;  // per gap of the part
};

class PartSolver {
 public:
  PartSolver(const Timeline& line, const ResidencyPart& part,
             const std::vector<std::int64_t>& demand, const ResidencyOptions& options)
      : line_(line), part_(part), demand_(demand), options_(options) {
    for (const std::int64_t moment : part.moments) {
      most_demand_ = std::max(most_demand_, demand[static_cast<std::size_t>(moment)]);
    }
    for (std::size_t i = 0; i < part.gaps.size(); ++i)
      has_whole_ = has_whole_ || item(i).whole;
  }

  /// Decides the gaps of the part in `kept` and the prices of its moments; returns a lower bound of
  /// the cost of the gaps.
  std::int64_t solve(KeptUnits& kept, std::vector<std::int64_t>& prices) {
    const auto root = relax(std::vector<GapState>(part_.gaps.size(), GapState::Free), &prices);
    if (!root) {
      keep_greedily(line_, part_.gaps, kept);
      return most_demand_;
    }
    round(*root, kept);
    const std::int64_t bound = std::max(root->lower_bound, most_demand_);
    return has_whole_ ? branch(*root, kept) : bound;
  }

 private:
  /// That of gap `i` of the part.
  [[nodiscard]] const TimelineItem& item(std::size_t i) const {
    return item_of(line_, part_.gaps[i]);
  }
  [[nodiscard]] std::int64_t units(std::size_t i) const { return item(i).units; }

  [[nodiscard]] std::int64_t cost(const KeptUnits& kept) const {
    return avoidable_units(line_, kept) - avoidable_outside(kept);
  }

  /// What gaps outside of the part cost in `kept`.
  [[nodiscard]] std::int64_t avoidable_outside(const KeptUnits& kept) const {
    KeptUnits others = kept;
    for (std::size_t i = 0; i < part_.gaps.size(); ++i)
      others[part_.gaps[i]] = units(i);
    return avoidable_units(line_, others);
  }

  /// None if the states decided exclude each other, or the program is too large.
  std::optional<Relaxation> relax(const std::vector<GapState>& states,
                                  std::vector<std::int64_t>* prices = nullptr) {
    const ResidencyProgram program = residency_program(line_, part_, demand_, states);
    const auto cells = static_cast<std::int64_t>(program.cover.demands.size()) *
                       static_cast<std::int64_t>(program.cover.columns.size());
    if (cells > options_.max_cells) return std::nullopt;
    const auto answer = minimise_cover(program.cover, options_.max_steps_per_line);
    if (!answer) return std::nullopt;
    for (std::size_t row = 0; prices != nullptr && row < program.moments.size(); ++row) {
      const std::int64_t moment = program.moments[row];
      if (moment >= 0) (*prices)[static_cast<std::size_t>(moment)] = answer->dual_values[row];
    }
    Relaxation result;
    result.lower_bound = program.fixed_units + answer->lower_bound;
    for (std::size_t i = 0; i < part_.gaps.size(); ++i) {
      const std::int32_t column = program.column_of[i];
      double missing = states[i] == GapState::Evicted ? static_cast<double>(units(i)) : 0.0;
      if (column >= 0) missing = answer->x[static_cast<std::size_t>(column)];
      if (column >= 0 && !answer->optimal) missing = static_cast<double>(units(i)) / 2;
      result.missing.push_back(missing);
    }
    return result;
  }

  /// Rounds to kept units that fit, then keeps more where there is room.
  void round(const Relaxation& relaxation, KeptUnits& kept) {
    for (std::size_t i = 0; i < part_.gaps.size(); ++i) {
      const double all = static_cast<double>(units(i));
      const double keeps = std::clamp(all - relaxation.missing[i] + kFraction, 0.0, all);
      const auto floor = static_cast<std::int64_t>(std::floor(keeps));
      kept[part_.gaps[i]] = item(i).whole && floor < units(i) ? 0 : floor;
    }
    make_fit(line_, part_.gaps, kept);
    keep_greedily(line_, part_.gaps, kept);
  }

  struct Node {
    std::int64_t lower_bound = 0;
    std::size_t number = 0;
    std::vector<GapState> states;
    std::vector<double> missing;

    bool operator<(const Node& other) const {
      return std::pair(lower_bound, number) > std::pair(other.lower_bound, other.number);
    }
  };

  /// The gap farthest from all or nothing of those that must be either, or the number of gaps.
  [[nodiscard]] std::size_t undecided(const Node& node) const {
    std::size_t best = part_.gaps.size();
    double distance = kFraction;
    for (std::size_t i = 0; i < part_.gaps.size(); ++i) {
      const double all = static_cast<double>(units(i));
      const double here = std::min(node.missing[i], all - node.missing[i]);
      if (here <= distance || !item(i).whole) continue;
      best = i;
      distance = here;
    }
    return best;
  }

  /// Best bound first over the choices all or nothing.
  std::int64_t branch(const Relaxation& root, KeptUnits& kept) {
    std::int64_t best = cost(kept);
    std::int64_t refuted = std::numeric_limits<std::int64_t>::max();
    std::priority_queue<Node> open;
    std::size_t number = 0;
    open.push({root.lower_bound, number, std::vector<GapState>(part_.gaps.size(), GapState::Free),
               root.missing});
    std::int64_t solved = 1;
    while (!open.empty() && open.top().lower_bound < best) {
      const Node node = open.top();
      if (solved >= options_.max_nodes) {
        return std::max(std::min(node.lower_bound, refuted), most_demand_);
      }
      open.pop();
      const std::size_t gap = undecided(node);
      if (gap == part_.gaps.size()) {  // its rounding was taken when it was made
        refuted = std::min(refuted, node.lower_bound);
        continue;
      }
      for (const GapState state : {GapState::Kept, GapState::Evicted}) {
        Node child{0, ++number, node.states, {}};
        child.states[gap] = state;
        const auto relaxation = relax(child.states);
        ++solved;
        if (!relaxation || relaxation->lower_bound >= best) continue;
        KeptUnits rounded = kept;
        round(*relaxation, rounded);
        if (const std::int64_t value = cost(rounded); value < best) {
          best = value;
          kept = rounded;
        }
        child.lower_bound = std::max(node.lower_bound, relaxation->lower_bound);
        child.missing = relaxation->missing;
        open.push(std::move(child));
      }
    }
    return std::min(best, refuted);
  }

  const Timeline& line_;
  const ResidencyPart& part_;
  const std::vector<std::int64_t>& demand_;
  const ResidencyOptions& options_;
  std::int64_t most_demand_ = 0;
  bool has_whole_ = false;  // a gap that keeps all or nothing
};

}  // namespace

ResidencyChoice best_residency(const Timeline& line, const ResidencyOptions& options) {
  ResidencyChoice result;
  for (const Gap& gap : line.gaps)
    result.kept.push_back(line.items[static_cast<std::size_t>(gap.item)].units);
  const std::vector<std::int64_t> demand = demands(line);
  const std::vector<ResidencyPart> parts = residency_parts(line);
  for (const ResidencyPart& part : parts) {
    for (const std::size_t gap : part.gaps)
      result.kept[gap] = 0;
  }
  result.prices.assign(static_cast<std::size_t>(line.moments), 0);
  for (const ResidencyPart& part : parts) {
    PartSolver solver(line, part, demand, options);
    result.lower_bound_units += solver.solve(result.kept, result.prices);
  }
  result.units = avoidable_units(line, result.kept);
  return result;
}

}  // namespace tilewright::scheduler
