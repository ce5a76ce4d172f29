// SPDX-License-Identifier: Apache-2.0
// Compiled kernels that crashed on this device or computed something wrong. They stand in the
// tuning cache, as entries of their own.
#pragma once

#include <string>
#include <string_view>

#include "lib/tuner/cache.h"

namespace tilewright::tuner {

/// The compiled kernel of a candidate: its name up to the first slash. All its configurations are
/// the same code, so that one that is bad makes the others suspect.
[[nodiscard]] std::string_view kernel_name(std::string_view candidate);

/// Where and with what a candidate runs.
struct TrialPlace {
  std::string device{};
  std::string build{};
};

/// Adds the kernel of `candidate` to the blacklist of its place.
void blacklist(TuningCache& cache, const TrialPlace& place, std::string_view candidate);

[[nodiscard]] bool is_blacklisted(const TuningCache& cache, const TrialPlace& place,
                                  std::string_view candidate);

/// Notes that the kernel of `candidate` has computed what it should, so that nobody checks again.
void trust(TuningCache& cache, const TrialPlace& place, std::string_view candidate);

[[nodiscard]] bool is_trusted(const TuningCache& cache, const TrialPlace& place,
                              std::string_view candidate);

}  // namespace tilewright::tuner
