// SPDX-License-Identifier: Apache-2.0
#include "lib/in_situ_table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "kernels/registry.h"
#include "lib/kernel_trust.h"
#include "lib/plan_builder.h"
#include "lib/recorded_trials.h"
#include "lib/scheduling_problem.h"
#include "lib/tuner/in_situ_tuner.h"
#include "scheduler/cost.h"

namespace tilewright {
namespace {

using runtime::Alternative;
using runtime::FlatPlan;
using runtime::KernelTable;
using runtime::Step;
using runtime::Weights;

// Candidates of a layer that are looked at: those left out for their memory make room for others.
constexpr std::size_t kMostRanks = 4 * kMostInSituTrials;

std::int64_t packed_bytes(const ProgramOp& op, const KernelChoice& choice) {
  const std::vector<TensorSpec> specs = src_specs(op);
  return scheduler::round_up(
      choice.kernel->packed_bytes({op.op, specs, op.dst.spec}, *choice.kernel, choice.config),
      kTensorAlignment);
}

std::uint32_t packed_inputs(const ProgramOp& op, const KernelChoice& choice) {
  const std::vector<TensorSpec> specs = src_specs(op);
  return choice.kernel->packed_inputs({op.op, specs, op.dst.spec}, *choice.kernel);
}

std::int64_t granule_of(const ProgramOp& op, const KernelChoice& choice) {
  const std::vector<TensorSpec> specs = src_specs(op);
  return choice.kernel->row_granule({op.op, specs, op.dst.spec}, *choice.kernel, choice.config);
}

/// One layer's share in the trials.
struct TrialLayer {
  const KernelLayer* layer = nullptr;
  KernelChoice first;                  // what runs untuned
  std::vector<KernelChoice> ranked;    // the others, by analytic time
  std::vector<KernelChoice> accepted;  // those on trial, likewise

  /// The kernel whose packed weights `choice` can read: the first one's or another's on trial.
  [[nodiscard]] const KernelChoice* packs_like(const KernelChoice& choice) const {
    if (packs_alike(*layer->op, first, choice)) return &first;
    const auto found = std::ranges::find_if(accepted, [&](const KernelChoice& other) {
      return packs_alike(*layer->op, other, choice);
    });
    return found == accepted.end() ? nullptr : &*found;
  }
};

std::optional<TrialLayer> trial_layer(const KernelLayer& layer, const KernelChoice& first) {
  if (kernels::row_count(layer.op->dst.spec.shape) == 0) return std::nullopt;
  TrialLayer trial{&layer, first, {}, {}};
  const std::uint32_t packed = packed_inputs(*layer.op, first);
  for (const KernelChoice& choice : layer.candidates) {
    const bool is_first = choice.kernel == first.kernel && choice.config == first.config;
    if (!is_first && packed_inputs(*layer.op, choice) == packed) trial.ranked.push_back(choice);
  }
  std::ranges::stable_sort(trial.ranked, {}, &KernelChoice::log_seconds);
  if (trial.ranked.size() > kMostRanks) trial.ranked.resize(kMostRanks);
  if (trial.ranked.empty()) return std::nullopt;
  return trial;
}

/// Bytes that trials may take, and have taken.
struct Room {
  std::int64_t extra_bytes = 0;    // of all
  std::int64_t scratch_limit = 0;  // of scratch behind the arena
  std::int64_t packed_bytes = 0;
  std::int64_t scratch_bytes = 0;

  bool take(std::int64_t more_packed, std::int64_t scratch) {
    const std::int64_t more_scratch = std::max(scratch, scratch_bytes);
    if (packed_bytes + more_packed + more_scratch > extra_bytes || more_scratch > scratch_limit)
      return false;
    packed_bytes += more_packed;
    scratch_bytes = more_scratch;
    return true;
  }
};

/// Scratch of all workers that does not fit where the first kernel has its own.
std::int64_t scratch_behind(const ProgramOp& op, const KernelChoice& first,
                            const KernelChoice& choice, std::int32_t threads) {
  const std::int64_t needed = worker_scratch_bytes(op, choice);
  return needed <= worker_scratch_bytes(op, first) ? 0 : needed * threads;
}

void accept_trials(std::vector<TrialLayer>& layers, Room& room, std::int32_t threads) {
  for (std::size_t rank = 0; rank < kMostRanks; ++rank) {
    for (TrialLayer& trial : layers) {
      if (rank >= trial.ranked.size() || trial.accepted.size() == kMostInSituTrials) continue;
      const KernelChoice& choice = trial.ranked[rank];
      const ProgramOp& op = *trial.layer->op;
      const std::int64_t copies =
          trial.packs_like(choice) != nullptr ? 0 : static_cast<std::int64_t>(trial.layer->count);
      if (room.take(copies * packed_bytes(op, choice),
                    scratch_behind(op, trial.first, choice, threads))) {
        trial.accepted.push_back(choice);
      }
    }
  }
}

/// The table in the making.
struct TableDraft {
  KernelTable table;
  std::int64_t packed_end = 0;
  struct Packing {
    std::size_t step, alternative;
  };
  std::vector<Packing> packings;
};

/// Adds the alternatives of step `k` of the plan.
void add_alternatives(TableDraft& draft, std::size_t k, const ProgramOp& op,
                      const TrialLayer& trial, const FlatPlan& plan) {
  std::vector<Alternative>& alternatives = draft.table.alternatives[k];
  const Step& own = plan.steps[k];
  for (const KernelChoice& choice : trial.accepted) {
    std::int64_t unused_bytes = 0;
    Alternative next{make_step(op, choice, plan.threads, unused_bytes), Weights::Plans};
    next.step.src = own.src;
    next.step.dst = own.dst;
    next.step.packed_offset_bytes = own.packed_offset_bytes;
    next.step.scratch_offset_bytes = scratch_behind(op, trial.first, choice, plan.threads) == 0
                                         ? own.scratch_offset_bytes
                                         : scheduler::round_up(plan.arena_bytes, kTensorAlignment);
    const auto like = std::ranges::find_if(alternatives, [&](const Alternative& other) {
      return packs_alike(op, {other.step.kernel, other.step.config, 0}, choice);
    });
    if (!packs_alike(op, trial.first, choice)) {
      next.weights = Weights::Tables;
      if (like != alternatives.end()) {
        next.step.packed_offset_bytes = like->step.packed_offset_bytes;
      } else {
        next.step.packed_offset_bytes = draft.packed_end;
        draft.packed_end += packed_bytes(op, choice);
        draft.packings.push_back({k, alternatives.size()});
      }
    }
    draft.table.arena_bytes =
        std::max(draft.table.arena_bytes,
                 next.step.scratch_offset_bytes + next.step.scratch_bytes * plan.threads);
    alternatives.push_back(std::move(next));
  }
}

void pack(TableDraft& draft, const Program& program, std::span<const scheduler::OpId> order) {
  const std::shared_ptr<std::byte> packed = aligned_bytes(draft.packed_end);
  for (const auto& [k, alternative] : draft.packings) {
    write_packed(program.ops[scheduler::index(order[k])],
                 draft.table.alternatives[k][alternative].step, packed.get());
  }
  draft.table.packed_owner = packed;
  draft.table.packed = {packed.get(), static_cast<std::size_t>(draft.packed_end)};
}

tuner::InSituLayer policy_layer(const TrialLayer& trial) {
  const ProgramOp& op = *trial.layer->op;
  tuner::InSituLayer layer{{{0, granule_of(op, trial.first)}},
                           kernels::row_count(op.dst.spec.shape)};
  for (const KernelChoice& choice : trial.accepted) {
    layer.candidates.push_back(
        {choice.log_seconds - trial.first.log_seconds, granule_of(op, choice)});
  }
  return layer;
}

tuner::OpenEntry open_entry(const TrialLayer& trial, std::int32_t threads,
                            const TunedKernels& kernels) {
  tuner::OpenEntry entry{layer_cache_key(kernels.device_name, trial.layer->signature, threads),
                         {candidate_name(trial.first)},
                         kernels.device.clock_hz};
  for (const KernelChoice& choice : trial.accepted)
    entry.candidates.push_back(candidate_name(choice));
  return entry;
}

/// Takes kernels off trial that compute something wrong; gives messages.
std::vector<std::string> keep_right(std::vector<TrialLayer>& trials,
                                    const std::string& cache_file) {
  CheckedTrials checked(cache_file);
  for (TrialLayer& trial : trials) {
    std::erase_if(trial.accepted, [&](const KernelChoice& choice) {
      return !checked.passes(*trial.layer, choice);
    });
  }
  return checked.finish();
}

/// The layers that are not settled yet, in their order; which of them each layer is goes to
/// `trial_of_layer`, -1 for none; what was found wrong, to `warnings`.
std::vector<TrialLayer> trial_layers(const TunedKernels& kernels, const CompileOptions& options,
                                     const FlatPlan& plan,
                                     std::vector<std::int32_t>& trial_of_layer,
                                     std::vector<std::string>& warnings) {
  std::vector<TrialLayer> trials;
  const std::vector<KernelLayer>& layers = kernels.layers.layers;
  std::vector<std::size_t> layer_of_trial;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (kernels.report.layers[i].source == ChoiceSource::Cache) continue;
    const std::size_t op = static_cast<std::size_t>(
        std::ranges::find(kernels.layers.layer_of_op, i) - kernels.layers.layer_of_op.begin());
    auto trial = trial_layer(layers[i], kernels.choices[op]);
    if (!trial) continue;
    trials.push_back(*std::move(trial));
    layer_of_trial.push_back(i);
  }
  const std::int64_t limit = options.tuning.in_situ_extra_bytes;
  Room room{.extra_bytes = limit, .scratch_limit = limit};
  if (options.memory_limit_bytes)
    room.scratch_limit =
        *options.memory_limit_bytes - scheduler::round_up(plan.arena_bytes, kTensorAlignment);
  accept_trials(trials, room, options.threads);
  warnings = keep_right(trials, options.tuning.cache_file);
  trial_of_layer.assign(layers.size(), -1);
  std::vector<TrialLayer> open;
  for (std::size_t k = 0; k < trials.size(); ++k) {
    if (trials[k].accepted.empty()) continue;
    trial_of_layer[layer_of_trial[k]] = static_cast<std::int32_t>(open.size());
    open.push_back(std::move(trials[k]));
  }
  return open;
}

}  // namespace

bool packs_alike(const ProgramOp& op, const KernelChoice& a, const KernelChoice& b) {
  const std::int64_t bytes = packed_bytes(op, a);
  if (bytes != packed_bytes(op, b)) return false;
  return bytes == 0 ||
         (a.kernel->pack == b.kernel->pack && a.kernel->tile.nr == b.kernel->tile.nr &&
          a.kernel->tile.depth == b.kernel->tile.depth);
}

InSituTable in_situ_table(const Program& program, const TunedKernels& kernels, const FlatPlan& plan,
                          std::span<const scheduler::OpId> order, const CompileOptions& options) {
  InSituTable result;
  std::vector<std::int32_t> trial_of_layer;
  const std::vector<TrialLayer> trials =
      trial_layers(kernels, options, plan, trial_of_layer, result.warnings);
  tuner::InSituSetup setup{{}, {}, options.tuning.cache_file, this_place()};
  for (const TrialLayer& trial : trials) {
    setup.problem.layers.push_back(policy_layer(trial));
    setup.entries.push_back(open_entry(trial, options.threads, kernels));
  }
  TableDraft draft;
  draft.table.alternatives.resize(plan.steps.size());
  draft.table.arena_bytes = plan.arena_bytes;
  for (std::size_t k = 0; k < plan.steps.size(); ++k) {
    const std::size_t op = scheduler::index(order[k]);
    const std::int32_t trial = trial_of_layer[kernels.layers.layer_of_op[op]];
    setup.problem.layer_of_step.push_back(trial);
    if (trial < 0) continue;
    add_alternatives(draft, k, program.ops[op], trials[static_cast<std::size_t>(trial)], plan);
  }
  pack(draft, program, order);
  draft.table.tuners = std::make_unique<tuner::InSituTunerFactory>(std::move(setup));
  result.table = std::make_shared<const KernelTable>(std::move(draft.table));
  return result;
}

}  // namespace tilewright
