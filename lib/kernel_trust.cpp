// SPDX-License-Identifier: Apache-2.0
#include "lib/kernel_trust.h"

#include <algorithm>

#include "kernels/op_rules.h"
#include "kernels/registry.h"
#include "lib/device_profile.h"
#include "lib/reference_check.h"
#include "lib/trial_memory.h"
#include "lib/tuner/trial_deaths.h"
#include "runtime/denormals.h"

namespace tilewright {
namespace {

// Reference kernels do some 10^9 of them a second, and a network has dozens of kernels to check.
constexpr std::int64_t kMaxCheckedMacs = 200'000;
// Wrong numbers are to be found, not rounding of a kernel that a test has passed
// (docs/numerics.md).
constexpr double kSlack = 16;

/// As many of the first rows as the reference computes in a fraction of a millisecond, whole panels
/// of them.
std::int64_t rows_to_check(const ProgramOp& op, const runtime::BoundStep& bound) {
  if (bound.rows == 0) return 0;
  const std::vector<TensorSpec> specs = src_specs(op);
  const std::int64_t macs = std::max<std::int64_t>(kernels::macs(op.op, specs, op.dst.spec), 1);
  const std::int64_t macs_per_row = std::max<std::int64_t>(macs / bound.rows, 1);
  const std::int64_t panels =
      std::max<std::int64_t>(kMaxCheckedMacs / macs_per_row / bound.granule, 1);
  return std::min(bound.rows, panels * bound.granule);
}

}  // namespace

tuner::TrialPlace this_place() {
  return {device_name(), std::to_string(kernels::build_hash())};
}

std::vector<std::string> learn_from_deaths(tuner::TuningCache& cache,
                                           const std::string& cache_file) {
  std::vector<std::string> messages;
  tuner::TuningCache news;
  for (const tuner::TrialRecord& trial : tuner::take_deadly_trials(cache_file)) {
    const tuner::TuningCache said = tuner::after_death(cache, trial);
    tuner::merge_cache(cache, said);
    tuner::merge_cache(news, said);
    const bool is_left_out =
        tuner::is_blacklisted(said, {trial.device, trial.build}, trial.candidate);
    messages.push_back("kernel '" + std::string(tuner::kernel_name(trial.candidate)) +
                       (is_left_out
                            ? "' is left out from now on: processes ended while they tried it"
                            : "' is left out if it happens again: a process ended while it "
                              "tried it"));
  }
  if (news.empty()) return messages;
  const Status saved = tuner::save_cache(news, cache_file);
  if (!saved) messages.push_back(saved.error().message);
  return messages;
}

Status leave_out_blacklisted(KernelLayers& layers, const tuner::TuningCache& cache) {
  const tuner::TrialPlace place = this_place();
  for (KernelLayer& layer : layers.layers) {
    std::erase_if(layer.candidates, [&](const KernelChoice& choice) {
      return tuner::is_blacklisted(cache, place, choice.kernel->name);
    });
    if (!layer.candidates.empty()) continue;
    const std::vector<TensorSpec> specs = src_specs(*layer.op);
    const kernels::Call call{layer.op->op, specs, layer.op->dst.spec};
    const kernels::Kernel* reference = kernels::reference(call);
    if (reference == nullptr || !reference->supports(call, *reference)) {
      return Error{ErrorCode::KernelFailed,
                   "node '" + layer.op->name +
                       "': expected a kernel that has not failed on this device, got none"};
    }
    layer.candidates.push_back({reference, reference->configs(call, *reference).front(), 0});
  }
  return ok();
}

Status check_against_reference(const ProgramOp& op, const KernelChoice& choice,
                               const tuner::AroundRun& around) {
  TrialMemory memory;
  TILEWRIGHT_TRY(const Trial trial, memory.lay_out(op, choice, 1, TrialWeights::Packed));
  runtime::BoundStep step = trial.bound.front();
  step.rows = rows_to_check(op, step);
  const Result<ExpectedRows> expected = expected_rows(op, step);
  if (!expected) return ok();
  const runtime::FlushDenormals flush_denormals;
  if (around.before) around.before();
  runtime::run_step(step, {});
  if (around.after) around.after();
  const StepError error = compare_rows(op, step, *expected, kSlack);
  if (error.passed) return ok();
  return Error{ErrorCode::KernelFailed,
               "node '" + op.name +
                   "': expected what the reference computes, got other numbers of " +
                   candidate_name(choice) + ": relative error " + std::to_string(error.max_rel)};
}

bool is_right(const tuner::TrialPlace& place, const ProgramOp& op, const KernelChoice& choice,
              const tuner::TuningCache& known, tuner::TuningCache& found,
              std::vector<std::string>& warnings, const tuner::AroundRun& around) {
  const std::string_view kernel = choice.kernel->name;
  if (tuner::is_blacklisted(known, place, kernel) || tuner::is_blacklisted(found, place, kernel))
    return false;
  if (tuner::is_trusted(known, place, kernel) || tuner::is_trusted(found, place, kernel))
    return true;
  const Status checked = check_against_reference(op, choice, around);
  if (checked) {
    tuner::trust(found, place, candidate_name(choice));
    return true;
  }
  if (checked.error().code == ErrorCode::KernelFailed)
    tuner::blacklist(found, place, candidate_name(choice));
  warnings.push_back(checked.error().message);
  return false;
}

std::optional<std::size_t> first_trusted(const KernelLayer& layer,
                                         std::span<const std::size_t> ranks,
                                         const tuner::TuningCache& known, tuner::TuningCache& found,
                                         std::vector<std::string>& warnings) {
  const tuner::TrialPlace place = this_place();
  for (const std::size_t candidate : ranks) {
    if (is_right(place, *layer.op, layer.candidates[candidate], known, found, warnings))
      return candidate;
  }
  return std::nullopt;
}

}  // namespace tilewright
