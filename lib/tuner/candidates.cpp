// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/candidates.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>

namespace tilewright::tuner {
namespace {

void drop_repeated_and_large(std::vector<Candidate>& candidates,
                             std::uint64_t scratch_limit_bytes) {
  std::set<std::string> names;
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return candidate.scratch_bytes > scratch_limit_bytes || !names.insert(candidate.name).second;
  });
}

/// Indices from the least analytic time to the largest; equal ones in their order.
std::vector<std::size_t> ranking(const std::vector<Candidate>& candidates) {
  std::vector<std::size_t> ranks(candidates.size());
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  std::ranges::stable_sort(ranks, {},
                           [&](std::size_t i) { return candidates[i].analytic_log_seconds; });
  return ranks;
}

}  // namespace

std::vector<Candidate> worth_searching(std::vector<Candidate> candidates,
                                       const CandidateLimits& limits) {
  drop_repeated_and_large(candidates, limits.scratch_bytes);
  std::map<std::pair<std::uint16_t, std::uint16_t>, std::size_t> kept_of_algorithm;
  std::set<std::size_t> kept;
  for (const std::size_t i : ranking(candidates)) {
    const Categories& categories = candidates[i].categories;
    std::size_t& count = kept_of_algorithm[{categories.algorithm, categories.layout}];
    if (kept.size() >= limits.count && count >= limits.count_per_algorithm) continue;
    kept.insert(i);
    ++count;
  }
  std::vector<Candidate> result;
  result.reserve(kept.size());
  for (const std::size_t i : kept)
    result.push_back(std::move(candidates[i]));
  return result;
}

}  // namespace tilewright::tuner
