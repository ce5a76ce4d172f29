// SPDX-License-Identifier: Apache-2.0
#include "scheduler/cost.h"

#include <algorithm>

#include "scheduler/matching.h"

namespace tilewright::scheduler {
namespace {

std::vector<std::int64_t> steps_of_ops(std::span<const OpId> order) {
  std::vector<std::int64_t> steps(order.size(), 0);
  for (std::size_t step = 0; step < order.size(); ++step) {
    steps[index(order[step])] = static_cast<std::int64_t>(step);
  }
  return steps;
}

std::int64_t saved_bytes(const Problem& problem, const InPlaceUse& use) {
  return std::min(aligned_bytes(problem, use.read), aligned_bytes(problem, use.write));
}

}  // namespace

std::int64_t step_count(const Problem& problem) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(problem.ops.size()));
}

std::vector<Lifetime> lifetimes(const Problem& problem, const Dependencies& dependencies,
                                std::span<const OpId> order) {
  const std::vector<std::int64_t> steps = steps_of_ops(order);
  std::vector<Lifetime> result(problem.storages.size());
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    const Storage& storage = problem.storages[i];
    const auto& writers = dependencies.writers[i];
    const auto& readers = dependencies.readers[i];
    const bool dead = storage.input && !storage.output && readers.empty();
    if (storage.constant || dead) continue;
    Lifetime& lifetime = result[i];
    lifetime.begin = storage.input ? 0 : step_count(problem);
    for (const OpId id : writers) {
      lifetime.begin = std::min(lifetime.begin, steps[index(id)]);
      lifetime.end = std::max(lifetime.end, steps[index(id)] + 1);
    }
    for (const OpId id : readers)
      lifetime.end = std::max(lifetime.end, steps[index(id)] + 1);
    if (storage.output) lifetime.end = step_count(problem);
  }
  return result;
}

std::vector<InPlaceUse> usable_pairs(const Problem& problem, std::span<const Lifetime> lifetimes,
                                     std::span<const OpId> order) {
  std::vector<InPlaceUse> usable;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto step = static_cast<std::int64_t>(i);
    for (const InPlacePair& pair : problem.ops[index(order[i])].in_place) {
      const bool read_dies = lifetimes[index(pair.read)].end == step + 1 &&
                             !problem.storages[index(pair.read)].output &&
                             !problem.storages[index(pair.read)].constant;
      const bool write_is_born = lifetimes[index(pair.write)].begin == step;
      const InPlaceUse use{order[i], pair.read, pair.write};
      if (read_dies && write_is_born && saved_bytes(problem, use) > 0) usable.push_back(use);
    }
  }
  return usable;
}

std::vector<InPlaceUse> best_pairs(const Problem& problem, std::span<const InPlaceUse> usable) {
  std::vector<InPlaceUse> best;
  for (std::size_t begin = 0; begin < usable.size();) {
    std::vector<WeightedPair> pairs;
    std::size_t end = begin;
    for (; end < usable.size() && usable[end].op == usable[begin].op; ++end) {
      pairs.push_back({static_cast<std::int64_t>(index(usable[end].read)),
                       static_cast<std::int64_t>(index(usable[end].write)),
                       saved_bytes(problem, usable[end])});
    }
    for (const std::size_t pair : best_matching(pairs))
      best.push_back(usable[begin + pair]);
    begin = end;
  }
  return best;
}

std::vector<std::int64_t> step_bytes(const Problem& problem, std::span<const Lifetime> lifetimes,
                                     std::span<const OpId> order,
                                     std::span<const InPlaceUse> used) {
  const auto steps = static_cast<std::size_t>(step_count(problem));
  std::vector<std::int64_t> change(steps + 1, 0);
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    if (lifetimes[i].empty()) continue;
    const std::int64_t bytes = aligned_bytes(problem, storage_id(i));
    change[static_cast<std::size_t>(lifetimes[i].begin)] += bytes;
    change[static_cast<std::size_t>(lifetimes[i].end)] -= bytes;
  }
  std::vector<std::int64_t> result(steps, 0);
  std::int64_t live_bytes = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    live_bytes += change[step];
    result[step] = live_bytes;
    if (step < order.size()) result[step] += problem.ops[index(order[step])].scratch_bytes;
  }
  const std::vector<std::int64_t> step_of = steps_of_ops(order);
  for (const InPlaceUse& use : used) {
    result[static_cast<std::size_t>(step_of[index(use.op)])] -= saved_bytes(problem, use);
  }
  return result;
}

std::int64_t peak_bytes(const Problem& problem, const Dependencies& dependencies,
                        std::span<const OpId> order) {
  const std::vector<Lifetime> lives = lifetimes(problem, dependencies, order);
  const std::vector<InPlaceUse> used = best_pairs(problem, usable_pairs(problem, lives, order));
  const std::vector<std::int64_t> bytes = step_bytes(problem, lives, order, used);
  return *std::max_element(bytes.begin(), bytes.end());
}

}  // namespace tilewright::scheduler
