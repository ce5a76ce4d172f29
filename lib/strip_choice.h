// SPDX-License-Identifier: Apache-2.0
// Which ops of a program are fused into strips: those that are measured to gain, or those that save
// memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tilewright/compile.h"

#include "lib/strip_groups.h"
#include "lib/tune_model.h"

namespace tilewright {

/// A group that was measured, or that is chosen.
struct StripOutcome {
  StripGroup group;                              // in strips of the best height
  std::string name;                              // "a + b + c"
  ChoiceSource source = ChoiceSource::Analytic;  // Analytic: chosen for memory, never measured
  double gain = 0;  // time of the ops apart over that in strips, less 1; 0 if not measured
  StripMemory memory;
  bool is_offered = false;  // measured to cost no time, within 1 %
  bool is_chosen = false;
};

struct StripChoice {
  std::vector<StripGroup> groups;  // share no op
  std::vector<StripOutcome> outcomes;
  std::vector<std::string> warnings;
};

/// Makes `groups` the chosen ones, and the outcomes say so.
void set_groups(const Program& program, const std::vector<KernelChoice>& choices,
                std::vector<StripGroup> groups, StripChoice& choice);

/// Where the cache keeps of a group of `ops` by their kernels the best height ("strip_rows=448")
/// and, in place of a time, the logarithm of that in strips over that of the ops apart.
[[nodiscard]] tuner::CacheKey strip_cache_key(const std::string& device, const Program& program,
                                              const std::vector<KernelChoice>& choices,
                                              const std::vector<std::size_t>& ops,
                                              std::int32_t threads);

/// Chooses as `options.fusion` says. Auto: what the tuning cache knows, then, in mode Budget, what
/// can be measured in `budget_ms`; a group that gains 3 % for sure is taken, and one that costs no
/// time if the arena is smaller with it (`strip_offer.h`). Results go to the cache. Errors: those
/// of `strip_log_ratio` and of the planner.
[[nodiscard]] Result<StripChoice> choose_strips(const Program& program,
                                                const std::vector<KernelChoice>& choices,
                                                const CompileOptions& options,
                                                std::int64_t budget_ms);

struct KernelsAndStrips {
  TunedKernels kernels;
  StripChoice strips;
};

/// Chooses kernels, then strips of them, within one tuning budget: where there is a chain to fuse,
/// a quarter of it is for strips; the report's `elapsed_ms` is of both. `progress` is that of
/// `choose_kernels`. Errors: those of both.
[[nodiscard]] Result<KernelsAndStrips> choose_kernels_and_strips(
    const Program& program, const CompileOptions& options,
    const std::function<tuner::Next(const tuner::Progress&)>& progress = {});

}  // namespace tilewright
