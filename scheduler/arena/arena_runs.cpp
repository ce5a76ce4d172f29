// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_runs.h"

#include <atomic>
#include <thread>

namespace tilewright::scheduler {

std::vector<FitResult> first_settled(const ArenaPart& part, std::vector<ArenaRun> runs,
                                     const ArenaRules& rules) {
  std::vector<FitResult> results(runs.size());
  std::vector<std::atomic<bool>> cancelled(runs.size());
  const auto work = [&](std::size_t i) {
    runs[i].limits.cancelled = &cancelled[i];
    results[i] = fit_part(part, runs[i].capacity_bytes, runs[i].strategy, runs[i].limits, rules);
    if (results[i].fit == Fit::Unknown) return;
    for (std::size_t later = i + 1; later < runs.size(); ++later)
      cancelled[later].store(true, std::memory_order_relaxed);
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < runs.size(); ++i)
    threads.emplace_back(work, i);
  work(0);
  for (std::thread& thread : threads)
    thread.join();
  std::size_t count = 0;
  while (count < results.size() && results[count].fit == Fit::Unknown)
    ++count;
  if (count < results.size()) results.resize(count + 1);
  return results;
}

}  // namespace tilewright::scheduler
