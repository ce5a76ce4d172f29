// SPDX-License-Identifier: Apache-2.0
// Gives every op of a program its kernel: from the cache, by tuning on this machine, or by the
// analytic model.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tilewright/compile.h"

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/tuner/cache.h"
#include "lib/tuner/tune.h"
#include "lib/tuning_layers.h"
#include "runtime/sharing.h"

namespace tilewright {

/// Shorter budgets are refused: they would measure noise.
inline constexpr std::int64_t kMinTuningBudgetMs = 200;

enum class ChoiceSource : std::uint8_t {
  Analytic,  // the cost model
  Prior,     // what an older build or an interrupted tuning found best, still to be confirmed
  Cache,     // what this build found on this device
  Tuned,     // measured in this run
};
[[nodiscard]] const char* to_string(ChoiceSource source);

/// All ops of one signature.
struct TunedLayer {
  std::string name;       // of its first op
  std::size_t count = 1;  // ops that share it
  ChoiceSource source = ChoiceSource::Analytic;
  std::string chosen;          // `candidate_name`
  std::string default_choice;  // the analytic best, or the prior
  double gain = 0;  // time of the default over that of the chosen, less 1; 0 if not measured
  std::size_t evaluations = 0;
  double seconds = 0;             // of one op with the chosen kernel; analytic if not measured
  runtime::Sharing sharing = {};  // how threads share it
};

struct TuningReport {
  std::vector<TunedLayer> layers;
  std::size_t evaluations = 0;
  double elapsed_ms = 0;
  double default_ms = 0;  // of one inference with the analytic best everywhere
  double tuned_ms = 0;
  std::vector<std::string> warnings;  // an unreadable cache, a cache that could not be written
};

struct TunedKernels {
  std::vector<KernelChoice> choices;  // one per op of the program
  /// What else could run, with times that compare: measured, or analytic and shifted by what was
  /// measured of the same layer. The chosen one is the fastest. Points into the program.
  KernelLayers layers;
  tuner::DeviceParameters device;  // by which they were ranked
  std::string device_name;         // in keys of the cache
  TuningReport report;             // of the same layers
};

/// Where the cache keeps what was found on `device` for a layer of this signature.
[[nodiscard]] tuner::CacheKey layer_cache_key(const std::string& device,
                                              const std::string& signature, std::int32_t threads);

/// Chooses within `options.isa` and `options.tuning`. The analytic model takes the device as the
/// cache knows it; else it is measured, within the budget and for the cache, or assumed if nothing
/// is measured. Entries of the cache that another build made are where tuning starts. `progress` as
/// in tuner::TuneOptions, may be empty. Errors: those of `kernel_candidates`; KernelFailed if a
/// kernel fails while it is measured.
[[nodiscard]] Result<TunedKernels> choose_kernels(
    const Program& program, const CompileOptions& options,
    const std::function<tuner::Next(const tuner::Progress&)>& progress = {});

}  // namespace tilewright
