// SPDX-License-Identifier: Apache-2.0
#include "lib/strip_choice.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>

#include "lib/cache_saver.h"
#include "lib/device_profile.h"
#include "lib/strip_offer.h"
#include "lib/strip_trial.h"
#include "lib/tuner/cache.h"
#include "runtime/bytes.h"

namespace tilewright {
namespace {

/// A group must be faster by so much for its time's sake: measurements of one machine differ from
/// day to day.
constexpr double kLeastGain = 0.03;
/// A group that is slower by no more costs no time: measurements see no less.
constexpr double kUnseenLoss = 0.01;
/// Blocks of a longer look, and runs of each of the four letters of a block.
constexpr std::int32_t kLongBlocks = 5;
constexpr std::int32_t kRepeats = 2;
constexpr char kRowsPrefix[] = "strip_rows=";

/// A part of a chain with the best that is known of it.
struct Part {
  StripGroup group;
  tuner::CacheKey key;
  double apart_seconds = 0;
  tuner::PairedRatio time;  // in strips over apart, where `source` is not Analytic
  ChoiceSource source = ChoiceSource::Analytic;
};

StripOutcome outcome_of(const Program& program, const std::vector<KernelChoice>& choices,
                        StripGroup group) {
  StripOutcome outcome;
  for (const std::size_t op : group.ops)
    outcome.name += (outcome.name.empty() ? "" : " + ") + program.ops[op].name;
  outcome.memory = strip_memory(program, choices, group);
  outcome.group = std::move(group);
  return outcome;
}

/// What a group's key says of one of its ops.
std::string key_text(const ProgramOp& op, const KernelChoice& choice) {
  return signature(op) + " by " + candidate_name(choice) + "; ";
}

/// The op of the key of a group with these texts, one after the other.
std::string group_signature(const std::string& texts, std::size_t ops) {
  const std::uint64_t hash = runtime::checksum(std::as_bytes(std::span<const char>(texts)));
  return "strips over apart of " + std::to_string(ops) + " ops " + std::to_string(hash);
}

class StripChooser {
 public:
  StripChooser(const Program& program, const std::vector<KernelChoice>& choices,
               const CompileOptions& options)
      : program_(program),
        choices_(choices),
        options_(options),
        any_key_(layer_cache_key(device_name(), {}, options.threads)),
        key_texts_(program.ops.size()) {
    chains_ = strip_chains(program, choices);
    for (const std::vector<std::size_t>& chain : chains_) {
      for (const std::size_t op : chain)
        key_texts_[op] = key_text(program.ops[op], choices[op]);
      for (std::size_t first = 0; first < chain.size(); ++first) {
        for (std::size_t count = 2; count <= kMaxGroupOps && first + count <= chain.size();
             ++count) {
          const auto begin = chain.begin() + static_cast<std::ptrdiff_t>(first);
          add_part({begin, begin + static_cast<std::ptrdiff_t>(count)});
        }
      }
    }
  }

  void read_cache(const tuner::TuningCache& cache) {
    for (Part& part : parts_) {
      const tuner::CacheValue* known = tuner::find(cache, part.key);
      if (known == nullptr) continue;
      for (const std::int64_t rows : heights(part)) {
        if (known->candidate != kRowsPrefix + std::to_string(rows)) continue;
        part.group.strip_rows = rows;
        part.time = {known->log_seconds, known->deviation,
                     static_cast<std::int32_t>(std::min(known->samples, 1000U))};
        part.source = ChoiceSource::Cache;
      }
    }
  }

  /// Those that promise most first; equal ones once. What would take too long is left out.
  Status measure(std::int64_t budget_ms, CacheSaver& saver) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point end = Clock::now() + std::chrono::milliseconds(budget_ms);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].source == ChoiceSource::Analytic && !heights(parts_[i]).empty())
        order.push_back(i);
    }
    const auto removed = [&](std::size_t i) {
      std::int64_t bytes = 0;
      for (std::size_t k = 0; k + 1 < parts_[i].group.ops.size(); ++k)
        bytes += program_.ops[parts_[i].group.ops[k]].dst.spec.size_bytes();
      return bytes;
    };
    std::ranges::stable_sort(order, std::greater{}, removed);
    for (const std::size_t i : order) {
      const std::chrono::duration<double> left = end - Clock::now();
      if (left.count() <= 0 || is_interrupted()) break;
      const bool fits = measuring_seconds(parts_[i]) <= left.count();
      if (!fits || parts_[i].source != ChoiceSource::Analytic) continue;
      TILEWRIGHT_RETURN_IF_ERROR(measure_part(parts_[i]));
      for (Part& other : parts_) {
        if (other.key != parts_[i].key || other.source != ChoiceSource::Analytic) continue;
        other.group.strip_rows = parts_[i].group.strip_rows;
        other.time = parts_[i].time;
        other.source = ChoiceSource::Tuned;
      }
      saver.note(found());
    }
    return ok();
  }

  /// What the cache keeps: the time of a group in strips in units of that of its ops apart, whose
  /// own times may be measured anew.
  [[nodiscard]] tuner::TuningCache found() const {
    tuner::TuningCache cache;
    for (const Part& part : parts_) {
      if (part.source != ChoiceSource::Tuned) continue;
      cache[part.key] = {kRowsPrefix + std::to_string(part.group.strip_rows),
                         part.time.log_ratio,
                         part.time.deviation,
                         static_cast<std::uint32_t>(part.time.blocks),
                         0,
                         tuner::date_now_s()};
    }
    return cache;
  }

  /// Takes what saves most time and, of groups that cost none, what the planner wants.
  [[nodiscard]] Result<StripChoice> finish() const {
    StripChoice result;
    std::vector<OfferedGroup> offered;
    for (const Part& part : parts_) {
      if (part.source == ChoiceSource::Analytic) continue;
      StripOutcome& outcome =
          result.outcomes.emplace_back(outcome_of(program_, choices_, part.group));
      outcome.source = part.source;
      outcome.gain = std::exp(-part.time.log_ratio) - 1;
      outcome.is_offered = costs_no_time(part);
      if (outcome.is_offered) offered.push_back({part.group, saved_seconds(part)});
    }
    TILEWRIGHT_TRY(std::vector<StripGroup> groups,
                   take_offered(program_, choices_, chains_, offered,
                                {options_.threads, options_.preserve_inputs, {}}));
    set_groups(program_, choices_, std::move(groups), result);
    return result;
  }

 private:
  void add_part(std::vector<std::size_t> ops) {
    Part& part = parts_.emplace_back();
    std::string texts;
    for (const std::size_t op : ops) {
      texts += key_texts_[op];
      part.apart_seconds += std::exp(choices_[op].log_seconds);
    }
    part.key = any_key_;
    part.key.op = group_signature(texts, ops.size());
    part.group.ops = std::move(ops);
  }

  [[nodiscard]] bool is_interrupted() const {
    const Interrupt& interrupt = options_.tuning.interrupt;
    return interrupt.is_wanted != nullptr && interrupt.is_wanted(interrupt.user);
  }

  [[nodiscard]] std::vector<std::int64_t> heights(const Part& part) const {
    const std::size_t last = part.group.ops.back();
    return strip_heights(program_.ops[last], choices_[last]);
  }

  [[nodiscard]] Result<tuner::PairedRatio> time_of(const Part& part, std::int64_t rows,
                                                   std::int32_t blocks) const {
    return strip_log_ratio(program_, choices_, {part.group.ops, rows},
                           {.threads = options_.threads, .blocks = blocks, .repeats = kRepeats});
  }

  /// About how long `measure_part` takes, if strips take no longer than the ops apart.
  [[nodiscard]] double measuring_seconds(const Part& part) const {
    const std::size_t looks = heights(part).size() + kLongBlocks;
    return part.apart_seconds * static_cast<double>(looks * 4 * kRepeats);
  }

  /// One look at every height, a longer one at the best.
  Status measure_part(Part& part) const {
    for (const std::int64_t rows : heights(part)) {
      TILEWRIGHT_TRY(const tuner::PairedRatio time, time_of(part, rows, 1));
      if (part.group.strip_rows == 0 || time.log_ratio < part.time.log_ratio) {
        part.time = time;
        part.group.strip_rows = rows;
      }
    }
    part.source = ChoiceSource::Tuned;
    if (part.time.log_ratio > kLeastGain / 2) return ok();
    TILEWRIGHT_TRY(part.time, time_of(part, part.group.strip_rows, kLongBlocks));
    return ok();
  }

  /// Whether the ops take no longer in strips, as far as a longer look can tell.
  [[nodiscard]] static bool costs_no_time(const Part& part) {
    return part.time.log_ratio <= kUnseenLoss && part.time.blocks >= kLongBlocks;
  }

  /// What a gain that stands out of its deviation saves.
  [[nodiscard]] static double saved_seconds(const Part& part) {
    const bool is_sure = part.time.log_ratio + part.time.deviation <= -kLeastGain / 2;
    if (part.time.log_ratio > -kLeastGain || !is_sure) return 0;
    return part.apart_seconds * (1 - std::exp(part.time.log_ratio));
  }

  const Program& program_;
  const std::vector<KernelChoice>& choices_;
  const CompileOptions& options_;
  tuner::CacheKey any_key_;
  std::vector<std::string> key_texts_;  // per op of a chain
  std::vector<Part> parts_;
  std::vector<std::vector<std::size_t>> chains_;
};

/// Whether strips are chosen by measurement.
bool may_measure(const CompileOptions& options) {
  return options.fusion == Fusion::Auto && options.banks.empty() &&
         options.tuning.mode == TuningMode::Budget;
}

}  // namespace

tuner::CacheKey strip_cache_key(const std::string& device, const Program& program,
                                const std::vector<KernelChoice>& choices,
                                const std::vector<std::size_t>& ops, std::int32_t threads) {
  std::string texts;
  for (const std::size_t op : ops)
    texts += key_text(program.ops[op], choices[op]);
  return layer_cache_key(device, group_signature(texts, ops.size()), threads);
}

void set_groups(const Program& program, const std::vector<KernelChoice>& choices,
                std::vector<StripGroup> groups, StripChoice& choice) {
  for (StripOutcome& outcome : choice.outcomes)
    outcome.is_chosen = std::ranges::find(groups, outcome.group) != groups.end();
  for (const StripGroup& group : groups) {
    if (std::ranges::find(choice.outcomes, group, &StripOutcome::group) != choice.outcomes.end())
      continue;
    choice.outcomes.push_back(outcome_of(program, choices, group));
    choice.outcomes.back().is_chosen = true;
  }
  choice.groups = std::move(groups);
}

Result<StripChoice> choose_strips(const Program& program, const std::vector<KernelChoice>& choices,
                                  const CompileOptions& options, std::int64_t budget_ms) {
  const bool may_fuse = options.fusion != Fusion::Off && options.banks.empty() &&
                        options.tuning.mode != TuningMode::InSitu;
  if (!may_fuse) return StripChoice{};
  if (options.fusion == Fusion::Memory) {
    StripChoice result;
    set_groups(program, choices, memory_groups(program, choices, options.threads), result);
    return result;
  }
  StripChooser chooser(program, choices, options);
  if (options.tuning.mode == TuningMode::Off) return chooser.finish();
  tuner::LoadedCache loaded;
  const std::string& file = options.tuning.cache_file;
  if (!file.empty()) loaded = tuner::load_cache(file);
  chooser.read_cache(loaded.cache);
  if (budget_ms <= 0) return chooser.finish();
  std::vector<std::string> warnings;
  CacheSaver saver(file, warnings);
  TILEWRIGHT_RETURN_IF_ERROR(chooser.measure(budget_ms, saver));
  saver.save(chooser.found());
  TILEWRIGHT_TRY(StripChoice result, chooser.finish());
  result.warnings = std::move(warnings);
  return result;
}

Result<KernelsAndStrips> choose_kernels_and_strips(
    const Program& program, const CompileOptions& options,
    const std::function<tuner::Next(const tuner::Progress&)>& progress) {
  const bool shares_budget = may_measure(options) && may_have_strips(program);
  const std::int64_t strip_budget_ms = shares_budget ? options.tuning.budget.count() / 4 : 0;
  CompileOptions kernel_options = options;
  kernel_options.tuning.budget -= std::chrono::milliseconds(strip_budget_ms);
  KernelsAndStrips chosen;
  TILEWRIGHT_TRY(chosen.kernels, choose_kernels(program, kernel_options, progress));
  const auto begin = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(chosen.strips,
                 choose_strips(program, chosen.kernels.choices, options, strip_budget_ms));
  std::erase_if(chosen.strips.warnings, [&](const std::string& warning) {
    const std::vector<std::string>& known = chosen.kernels.report.warnings;
    return std::ranges::find(known, warning) != known.end();
  });
  if (shares_budget)
    chosen.kernels.report.elapsed_ms +=
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return chosen;
}

}  // namespace tilewright
