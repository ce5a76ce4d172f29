// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/step_range.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace tilewright::scheduler {
namespace {

/// Where a run of ops opens and closes a storage, and how many of them do.
struct Touches {
  std::int64_t storage = 0;
  std::size_t openers = 0;
  std::size_t closers = 0;
  std::size_t first_opener = 0;  // positions in the run
  std::size_t last_closer = 0;
};

/// Of all storages of a run.
class TouchesOf {
 public:
  /// `storages` in any order, each perhaps more than once.
  explicit TouchesOf(std::vector<std::int64_t> storages) {
    std::ranges::sort(storages);
    const auto repeated = std::ranges::unique(storages);
    storages.erase(repeated.begin(), repeated.end());
    for (const std::int64_t storage : storages)
      touches_.push_back({storage});
  }

  [[nodiscard]] Touches& of(std::int64_t storage) {
    return *std::ranges::lower_bound(touches_, storage, {}, &Touches::storage);
  }
  [[nodiscard]] const Touches& at(std::int64_t storage) const {
    return *std::ranges::lower_bound(touches_, storage, {}, &Touches::storage);
  }

 private:
  std::vector<Touches> touches_;  // by storage
};

const OrderStep& step_of(const OrderGraph& graph, std::int32_t op) {
  return graph.ops[static_cast<std::size_t>(op)].steps.front();
}

TouchesOf touches_of(const OrderGraph& graph, std::span<const std::int32_t> ops) {
  std::vector<std::int64_t> storages;
  for (const std::int32_t op : ops) {
    const OrderStep& step = step_of(graph, op);
    storages.insert(storages.end(), step.opens.begin(), step.opens.end());
    storages.insert(storages.end(), step.closes.begin(), step.closes.end());
  }
  TouchesOf result(std::move(storages));
  for (std::size_t i = 0; i < ops.size(); ++i) {
    for (const std::int32_t storage : step_of(graph, ops[i]).opens) {
      Touches& touches = result.of(storage);
      if (touches.openers++ == 0) touches.first_opener = i;
    }
    for (const std::int32_t storage : step_of(graph, ops[i]).closes) {
      Touches& touches = result.of(storage);
      touches.closers += 1;
      touches.last_closer = i;
    }
  }
  return result;
}

std::vector<OrderStep> join_steps(const OrderGraph& graph, std::span<const std::int32_t> ops,
                                  const TouchesOf& touches) {
  std::vector<OrderStep> steps;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const auto elsewhere_opened = [&](std::int64_t s) { return touches.at(s).first_opener != i; };
    const auto elsewhere_closed = [&](std::int64_t s) { return touches.at(s).last_closer != i; };
    OrderStep step = step_of(graph, ops[i]);
    std::erase_if(step.opens, elsewhere_opened);
    std::erase_if(step.closes, elsewhere_closed);
    std::erase_if(step.pairs, [&](const WeightedPair& pair) {
      return elsewhere_closed(pair.read) || elsewhere_opened(pair.write);
    });
    steps.push_back(std::move(step));
  }
  return steps;
}

enum class Outside : std::uint8_t { HaveRun, HaveNotRun };  // ops that touch the same storages

struct Need {
  std::int64_t rise = 0;
  std::int64_t change = 0;
};

class Simulation {
 public:
  Simulation(const OrderGraph& graph, const TouchesOf& touches, Outside outside)
      : graph_(graph), touches_(touches), outside_(outside) {}

  [[nodiscard]] Need run(std::span<const OrderStep> steps) const {
    Need need{std::numeric_limits<std::int64_t>::min(), 0};
    for (const OrderStep& step : steps) {
      for (const std::int32_t storage : step.opens)
        need.change += opens(storage) ? bytes(storage) : 0;
      need.rise = std::max(need.rise, need.change + step.scratch_bytes - credit_bytes(step));
      for (const std::int32_t storage : step.closes)
        need.change -= closes(storage) ? bytes(storage) : 0;
    }
    return need;
  }

 private:
  [[nodiscard]] const OrderStorage& storage_at(std::int64_t storage) const {
    return graph_.storages[static_cast<std::size_t>(storage)];
  }
  [[nodiscard]] std::int64_t bytes(std::int64_t storage) const { return storage_at(storage).bytes; }

  [[nodiscard]] bool opens(std::int64_t id) const {
    const OrderStorage& storage = storage_at(id);
    const bool alone = storage.openers.size() == touches_.at(id).openers;
    return !storage.open_at_start && (alone || outside_ == Outside::HaveNotRun);
  }
  [[nodiscard]] bool closes(std::int64_t id) const {
    const OrderStorage& storage = storage_at(id);
    const bool alone = storage.closers.size() == touches_.at(id).closers;
    return !storage.stays_open && (alone || outside_ == Outside::HaveRun);
  }

  [[nodiscard]] std::int64_t credit_bytes(const OrderStep& step) const {
    std::vector<WeightedPair> usable;
    for (const WeightedPair& pair : step.pairs) {
      if (closes(pair.read) && opens(pair.write)) usable.push_back(pair);
    }
    return matching_bytes(usable);
  }

  const OrderGraph& graph_;
  const TouchesOf& touches_;
  Outside outside_;
};

}  // namespace

MemoryRange memory_range(const OrderGraph& graph, std::span<const std::int32_t> ops) {
  const TouchesOf touches = touches_of(graph, ops);
  const std::vector<OrderStep> steps = join_steps(graph, ops, touches);
  const Need low = Simulation(graph, touches, Outside::HaveRun).run(steps);
  const Need high = Simulation(graph, touches, Outside::HaveNotRun).run(steps);
  return {low.rise,   high.rise,  high.rise - high.change, low.rise - low.change,
          low.change, high.change};
}

std::vector<OrderStep> joined_steps(const OrderGraph& graph, std::span<const std::int32_t> ops) {
  return join_steps(graph, ops, touches_of(graph, ops));
}

}  // namespace tilewright::scheduler
