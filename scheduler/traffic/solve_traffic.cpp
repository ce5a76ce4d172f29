// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/solve_traffic.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

#include "scheduler/order/order_greedy.h"
#include "scheduler/order/order_search.h"
#include "scheduler/traffic/priced_bound.h"
#include "scheduler/traffic/traffic_baselines.h"
#include "scheduler/traffic/validate_traffic.h"

namespace tilewright::scheduler {
namespace {

/// Numbers from 0 to `count` - 1, the same on every machine.
class Draw {
 public:
  std::size_t below(std::size_t count) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::size_t>(state_ % count);
  }

 private:
  std::uint64_t state_ = 0x9E3779B97F4A7C15;
};

/// Of a branch and bound for an order that is only tried.
constexpr std::int64_t kMaxExchangeNodes = 50;

class TrafficPlanner {
 public:
  TrafficPlanner(const Problem& problem, const Dependencies& lists, const TrafficOptions& options)
      : problem_(problem), lists_(lists), options_(options) {}

  Result<TrafficSolution> run() {
    const std::vector<OpId> serialized = serialized_order(problem_, lists_);
    const Result<Timeline> line = timeline(problem_, lists_, serialized);
    // What the fullest op needs depends on the order only through what may run in place.
    const std::optional<Error> refused = line ? std::nullopt : std::optional<Error>(line.error());
    if (line) consider_baselines(*line, serialized);
    if (best_units_ != 0) try_orders_of_least_peak(serialized);
    if (best_order_.empty() && !problem_.ops.empty()) return *refused;
    if (best_units_ > bound_units_) {
      bound_units_ = raised(traffic_bound(problem_, lists_, bound_order_, options_.bound).units());
    }
    if (best_units_ > bound_units_) search();
    if (best_units_ > bound_units_) {
      const std::vector<OpId> searched = best_order_;
      exchange_ops();
      if (best_order_ != searched) finish_best_order();
    }
    return finish();
  }

 private:
  [[nodiscard]] std::int64_t raised(std::int64_t units) const {
    return std::max(bound_units_, units);
  }

  /// Takes `order` if it moves fewer units than the best before it.
  void consider(const std::vector<OpId>& order) {
    if (const Result<Timeline> line = timeline(problem_, lists_, order)) consider(*line, order);
  }

  void consider(const Timeline& line, const std::vector<OpId>& order) {
    consider(line, order, options_.fixed.residency);
  }

  void consider(const Timeline& line, const std::vector<OpId>& order,
                const ResidencyOptions& options) {
    ResidencyChoice choice = best_residency(line, options);
    if (choice.units >= best_units_) return;
    best_units_ = choice.units;
    best_order_ = order;
    best_choice_ = std::move(choice);
  }

  /// The serialized order; where rounding costs more than a baseline, what that keeps.
  void consider_baselines(const Timeline& line, const std::vector<OpId>& serialized) {
    consider(line, serialized);
    for (const TrafficBaseline baseline : kTrafficBaselines) {
      KeptUnits kept = baseline_kept(line, baseline);
      const std::int64_t units = avoidable_units(line, kept);
      if (units >= best_units_) continue;
      best_units_ = best_choice_.units = units;
      best_choice_.kept = std::move(kept);
    }
  }

  void try_orders_of_least_peak(const std::vector<OpId>& serialized) {
    const OrderLimits limits{.max_states = options_.max_order_states};
    // Once with inputs that come when they are needed, once with all of them alive from the start.
    bound_order_ = least_need_order(problem_, lists_, options_.max_order_states);
    consider(bound_order_);
    if (best_units_ == 0) return;
    const OrderGraph graph = order_graph(problem_, lists_);
    std::vector<std::int32_t> positions;
    for (const OpId id : serialized)
      positions.push_back(static_cast<std::int32_t>(index(id)));
    consider(op_ids(find_order(graph, positions, limits, {}).order));
    consider(op_ids(post_order(graph)));
  }

  void search() {
    const TrafficSearchResult found =
        search_traffic(problem_, lists_, {best_units_, bound_units_}, options_.search);
    states_ = found.states;
    if (found.order) consider(*found.order);
    bound_units_ = std::min(raised(found.lower_bound_units), best_units_);
  }

  /// What is kept in the best order, with all nodes allowed.
  void finish_best_order() {
    const Result<Timeline> line = timeline(problem_, lists_, best_order_);
    if (!line) return;
    ResidencyChoice choice = best_residency(*line, options_.fixed.residency);
    if (choice.units > best_units_) return;
    best_units_ = choice.units;
    best_choice_ = std::move(choice);
  }

  /// Moves runs of ops near crowded moments to other places that their dependencies allow. The
  /// prices of the best order say which of the orders may be better.
  void exchange_ops() {
    Draw draw;
    int programs = 0;
    ResidencyOptions few = options_.fixed.residency;
    few.max_nodes = std::min(few.max_nodes, kMaxExchangeNodes);
    const auto count = static_cast<std::int64_t>(best_order_.size());
    const std::int64_t orders = std::min<std::int64_t>(options_.max_orders, 50 * count);
    for (std::int64_t i = 0; i < orders && programs < options_.max_programs; ++i) {
      if (best_units_ <= bound_units_) return;
      const std::optional<std::vector<OpId>> order = exchanged(draw);
      if (!order || !is_allowed(*order)) continue;
      const Result<Timeline> line = timeline(problem_, lists_, *order);
      if (!line || priced_bound_units(*line, prices_in(*order)) >= best_units_) continue;
      ++programs;
      consider(*line, *order, few);
    }
  }

  /// The best order with up to 8 ops moved by up to 12 positions.
  [[nodiscard]] std::optional<std::vector<OpId>> exchanged(Draw& draw) const {
    constexpr std::size_t kReach = 12;
    const std::size_t count = best_order_.size();
    std::vector<std::size_t> priced;
    for (std::size_t step = 0; step < count; ++step) {
      if (best_choice_.prices[step + 1] > 0) priced.push_back(step);
    }
    if (priced.empty()) return std::nullopt;
    const std::size_t near = priced[draw.below(priced.size())];
    const std::size_t from = near + draw.below(2 * kReach + 1);
    const std::size_t length = 1 + draw.below(8);
    const std::size_t to = from + draw.below(2 * kReach + 1);
    if (from < kReach || to < 2 * kReach) return std::nullopt;
    const std::size_t first = std::min(from - kReach, to - 2 * kReach);
    const std::size_t second = std::max(from - kReach, to - 2 * kReach);
    if (second == first || second + length > count) return std::nullopt;
    std::vector<OpId> order = best_order_;
    const auto at = [&](std::size_t position) {
      return order.begin() + static_cast<std::ptrdiff_t>(position);
    };
    // [first, second) and the run of `length` ops at `second` change places.
    std::rotate(at(first), at(second), at(second + length));
    return order;
  }

  /// The prices of the best order, each with its op.
  [[nodiscard]] std::vector<std::int64_t> prices_in(const std::vector<OpId>& order) const {
    std::vector<std::int64_t> of_op(order.size(), 0);
    for (std::size_t step = 0; step < order.size(); ++step)
      of_op[index(best_order_[step])] = best_choice_.prices[step + 1];
    std::vector<std::int64_t> prices = {best_choice_.prices.front()};
    for (const OpId op : order)
      prices.push_back(of_op[index(op)]);
    prices.push_back(best_choice_.prices.back());
    return prices;
  }

  [[nodiscard]] bool is_allowed(const std::vector<OpId>& order) const {
    std::vector<std::size_t> position(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      position[index(order[i])] = i;
    for (std::size_t i = 0; i < problem_.ops.size(); ++i) {
      for (const OpId before : problem_.ops[i].after) {
        if (position[index(before)] > position[i]) return false;
      }
      for (const StorageId read : problem_.ops[i].reads) {
        for (const OpId writer : lists_.writers[index(read)]) {
          if (position[index(writer)] > position[i]) return false;
        }
      }
    }
    return true;
  }

  Result<TrafficSolution> finish() {
    TILEWRIGHT_TRY(const Timeline line, timeline(problem_, lists_, best_order_));
    TrafficSolution solution =
        traffic_plan(problem_, line, best_order_, best_choice_.kept, options_.fixed.placement);
    const std::int64_t compulsory_bytes =
        solution.weights.compulsory + solution.activations.compulsory;
    bound_units_ = std::min(bound_units_, best_units_);
    solution.lower_bound_bytes = compulsory_bytes + bound_units_ * line.unit_bytes;
    solution.order_lower_bound_bytes =
        compulsory_bytes + std::max(bound_units_, best_choice_.lower_bound_units) * line.unit_bytes;
    solution.states = states_;
    set_traffic_status(solution);
    TILEWRIGHT_RETURN_IF_ERROR(validate_traffic(problem_, solution));
    return solution;
  }

  const Problem& problem_;
  const Dependencies& lists_;
  const TrafficOptions& options_;
  std::vector<OpId> bound_order_;  // that the parts of the bound are cut from
  std::vector<OpId> best_order_;
  ResidencyChoice best_choice_;
  std::int64_t best_units_ = std::int64_t{1} << 62;
  std::int64_t bound_units_ = 0;
  std::int64_t states_ = 0;
};

}  // namespace

Result<TrafficSolution> solve_traffic(const Problem& problem, const TrafficOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(check_traffic_problem(problem));
  return TrafficPlanner(problem, dependencies(problem), options).run();
}

Result<std::map<std::string, std::int64_t>> traffic_baselines(const Problem& problem) {
  TILEWRIGHT_RETURN_IF_ERROR(check_traffic_problem(problem));
  const Dependencies lists = dependencies(problem);
  TILEWRIGHT_TRY(const Timeline line, timeline(problem, lists, serialized_order(problem, lists)));
  std::map<std::string, std::int64_t> bytes;
  for (const TrafficBaseline baseline : kTrafficBaselines) {
    const std::int64_t units = avoidable_units(line, baseline_kept(line, baseline)) +
                               line.weights_units.compulsory + line.activations_units.compulsory;
    bytes[to_string(baseline)] = units * line.unit_bytes;
  }
  return bytes;
}

}  // namespace tilewright::scheduler
