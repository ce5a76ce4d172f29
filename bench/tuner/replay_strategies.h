// SPDX-License-Identifier: Apache-2.0
// Ways to search one layer's candidates, replayed on a recorded table one look at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

#include "lib/tuner/gp_kernel.h"
#include "lib/tuner/tuning_problem.h"

namespace tilewright::bench {

/// The table under a strategy: counts looks and remembers them.
class Replay {
 public:
  /// `look` gives the log seconds of a candidate; `layer` outlives the replay.
  Replay(const tuner::Layer& layer, std::size_t limit, std::uint64_t seed,
         std::function<double(std::size_t candidate, std::mt19937_64& random)> look);

  [[nodiscard]] const tuner::Layer& layer() const { return layer_; }
  [[nodiscard]] bool is_over() const { return left() == 0; }
  /// Looks that may still be made.
  [[nodiscard]] std::size_t left() const { return limit_ - order_.size(); }
  [[nodiscard]] bool is_seen(std::size_t candidate) const { return !samples_[candidate].empty(); }
  /// Looks at a candidate unless the replay is over; its latest log seconds.
  double look(std::size_t candidate);
  /// Log seconds to judge by: the median of the candidate's looks, infinite if there is none.
  [[nodiscard]] double seen(std::size_t candidate) const;
  [[nodiscard]] std::size_t best_seen() const;
  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }
  [[nodiscard]] std::size_t draw(std::size_t bound) { return random_() % bound; }
  [[nodiscard]] double uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  void allow(std::size_t more) { limit_ += more; }

  /// What the strategy would race: log seconds by its own model; `seen` where it has none.
  std::vector<double> estimates;

 private:
  const tuner::Layer& layer_;
  std::size_t limit_;
  std::mt19937_64 random_;
  std::function<double(std::size_t, std::mt19937_64&)> look_;
  std::vector<std::vector<double>> samples_;
  std::vector<std::size_t> order_;
};

struct Strategy {
  std::string_view name;
  std::function<void(Replay& replay)> search;
};

[[nodiscard]] const std::vector<Strategy>& strategies();

/// The process around the analytic times, the default first. If `refits`, the scale of its residual
/// is chosen anew after 8, 16 and 32 looks, as the tuner does.
void search_by_process(Replay& replay, const tuner::Hyperparameters& hyperparameters, bool refits);

/// Fourteen looks more: the best 8 by estimate once, the best 4 of them again, then the best 2.
void race(Replay& replay);

}  // namespace tilewright::bench
