// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/pair_choices.h"

#include <algorithm>

namespace tilewright::scheduler {

std::vector<InPlaceUse> needed_pairs(const Problem& problem, std::span<const Lifetime> lifetimes,
                                     std::span<const OpId> order, std::span<const InPlaceUse> best,
                                     std::int64_t peak_bytes) {
  const std::vector<std::int64_t> apart = step_bytes(problem, lifetimes, order, {});
  std::vector<InPlaceUse> needed;
  for (const InPlaceUse& use : best) {
    const auto step = static_cast<std::size_t>(lifetimes[index(use.write)].begin);
    if (apart[step] > peak_bytes) needed.push_back(use);
  }
  return needed;
}

std::optional<std::vector<std::vector<InPlaceUse>>> all_choices(std::span<const InPlaceUse> usable,
                                                                std::size_t max_choices) {
  std::vector<std::vector<InPlaceUse>> choices(1);
  for (const InPlaceUse& use : usable) {
    const auto clashes = [&](const InPlaceUse& other) {
      return other.op == use.op && (other.read == use.read || other.write == use.write);
    };
    const std::size_t without = choices.size();
    for (std::size_t i = 0; i < without; ++i) {
      if (std::any_of(choices[i].begin(), choices[i].end(), clashes)) continue;
      if (choices.size() == max_choices) return std::nullopt;
      choices.push_back(choices[i]);
      choices.back().push_back(use);
    }
  }
  return choices;
}

}  // namespace tilewright::scheduler
