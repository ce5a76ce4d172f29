// SPDX-License-Identifier: Apache-2.0
// Which kernels may run on this device: not those that a process died in, nor those that compute
// something else than the reference.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tilewright/status.h"

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/tuner/blacklist.h"
#include "lib/tuner/cache.h"
#include "lib/tuner/measure.h"
#include "lib/tuning_layers.h"

namespace tilewright {

/// This device and this build of the kernels.
[[nodiscard]] tuner::TrialPlace this_place();

/// Notes what processes ended in, while they tuned into `cache_file`: in `cache` and in the file
/// (`tuner::after_death`). Returns a message for each kernel.
[[nodiscard]] std::vector<std::string> learn_from_deaths(tuner::TuningCache& cache,
                                                         const std::string& cache_file);

/// Takes blacklisted kernels out of all layers. A layer with no other has its reference kernel.
/// Errors: KernelFailed, if it has none.
[[nodiscard]] Status leave_out_blacklisted(KernelLayers& layers, const tuner::TuningCache& cache);

/// Runs `choice` on some rows of `op`, with its packed weights and random inputs, and compares them
/// with the reference (`compare_rows`; a millisecond). Errors: KernelFailed, with node and
/// kernel, if it computes something else; ResourceExhausted, without memory for it. An op without a
/// reference passes.
/// While the kernel runs, `around` is told.
[[nodiscard]] Status check_against_reference(const ProgramOp& op, const KernelChoice& choice,
                                             const tuner::AroundRun& around = {});

/// Whether the kernel of `choice` computes what the reference does, at this place (`this_place`).
/// One that `known` or `found` trusts or blacklists is not checked again; what a check says goes
/// into `found`, and into `warnings` if it failed.
[[nodiscard]] bool is_right(const tuner::TrialPlace& place, const ProgramOp& op,
                            const KernelChoice& choice, const tuner::TuningCache& known,
                            tuner::TuningCache& found, std::vector<std::string>& warnings,
                            const tuner::AroundRun& around = {});

/// The first of `ranks`, candidates of `layer` from the best on, that `is_right`. None if all of
/// them fail.
[[nodiscard]] std::optional<std::size_t> first_trusted(const KernelLayer& layer,
                                                       std::span<const std::size_t> ranks,
                                                       const tuner::TuningCache& known,
                                                       tuner::TuningCache& found,
                                                       std::vector<std::string>& warnings);

}  // namespace tilewright
