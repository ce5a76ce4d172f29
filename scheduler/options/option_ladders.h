// SPDX-License-Identifier: Apache-2.0
// Choices as levels: level 0 of an op has the least scratch, each higher one is faster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "tilewright/status.h"

#include "scheduler/options/op_options.h"

namespace tilewright::scheduler {

using Levels = std::vector<std::uint32_t>;  // one per op

/// The options of every op that are worth a choice.
class OptionLadders {
 public:
  /// Every op has an option. Both outlive the ladders.
  explicit OptionLadders(const OpOptions& options);

  [[nodiscard]] const OpOption& option(std::size_t op, std::uint32_t level) const {
    return options_[op][steps_[op][level]];
  }
  [[nodiscard]] Levels least() const { return Levels(steps_.size(), 0); }
  [[nodiscard]] Levels fastest() const;
  [[nodiscard]] double seconds(const Levels& levels) const;
  [[nodiscard]] std::vector<std::size_t> picks(const Levels& levels) const;

 private:
  const OpOptions& options_;
  std::vector<std::vector<std::size_t>> steps_;
};

/// Whether a choice fits into a limit.
enum class OptionFit : std::uint8_t { Yes, Never, Unknown };

/// Plans choices and remembers how much memory they need at least and at most.
class PlannedLevels {
 public:
  PlannedLevels(const Problem& problem, const OptionLadders& ladders, const OptionLimits& limits);

  /// Whether `levels` fits; by a plan only where no earlier one tells.
  [[nodiscard]] Result<OptionFit> fit(const Levels& levels, std::int64_t limit_bytes);
  /// The same, but yes only if its own plan fits: `solve` does not always find the smaller arena
  /// that less scratch allows.
  [[nodiscard]] Result<OptionFit> fit_of_plan(const Levels& levels, std::int64_t limit_bytes);
  /// The plan itself. Errors: those of `solve`.
  [[nodiscard]] Result<Solution> plan(const Levels& levels,
                                      std::optional<std::int64_t> limit_bytes);

  [[nodiscard]] std::int64_t plans() const { return plans_; }
  [[nodiscard]] bool is_exhausted() const { return plans_ >= limits_.max_plans; }

 private:
  struct Need {
    std::int64_t at_least_bytes;
    std::int64_t at_most_bytes;
  };
  [[nodiscard]] static OptionFit fit_of(const Need& need, std::int64_t limit_bytes);
  [[nodiscard]] Status learn(const Levels& levels);
  [[nodiscard]] std::optional<OptionFit> known_fit(const Levels& levels,
                                                   std::int64_t limit_bytes) const;

  Problem problem_;
  const OptionLadders& ladders_;
  const OptionLimits& limits_;
  std::map<Levels, Need> known_;
  std::optional<Levels> last_levels_;  // of the last plan made without a limit
  Solution last_solution_;             // kept: the choice is mostly the last that was tried
  std::int64_t plans_ = 0;
};

}  // namespace tilewright::scheduler
