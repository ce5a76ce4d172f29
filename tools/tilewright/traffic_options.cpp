// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/traffic_options.h"

#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "lib/compilation.h"
#include "scheduler/traffic/bank_plan.h"
#include "scheduler/traffic/solve_traffic.h"
#include "scheduler/traffic/traffic_timing.h"
#include "scheduler/traffic_file.h"
#include "tools/tilewright/memory_profile.h"
#include "tools/tilewright/option_values.h"
#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

// Speeds of a plain --tcm, which only the stall time depends on.
constexpr double kTcmBytesPerUs = 8000;
constexpr double kExternalBytesPerUs = 200;
constexpr std::int64_t kExternalBytes = std::int64_t{1} << 60;

std::string percent(double share) {
  return format_number(100 * share, 1) + " %";
}

/// How far a plan may be above the least traffic, as a share of the bound.
double gap_of(const scheduler::TrafficSolution& solution) {
  if (solution.lower_bound_bytes == 0) return 0;
  return static_cast<double>(solution.total_bytes()) /
             static_cast<double>(solution.lower_bound_bytes) -
         1;
}

/// What banks between the fast and the external one make of it; nothing if there are none.
std::string describe_between(const scheduler::Problem& problem,
                             const scheduler::TrafficSolution& solution) {
  if (problem.banks.size() < 3) return "";
  const scheduler::BankPlan plan = scheduler::plan_banks(problem, solution);
  std::string names;
  for (std::size_t bank = 1; bank + 1 < problem.banks.size(); ++bank)
    names += (names.empty() ? "" : ", ") + problem.banks[bank].name;
  return "with " + names + " between: transfers of " + format_number(plan.transfer_us, 1) +
         " us, at least " + format_number(plan.lower_bound_us, 1) + " us, gap " +
         percent(plan.gap()) + "\n";
}

std::string describe(const scheduler::Problem& problem, const scheduler::TrafficSolution& s,
                     const std::map<std::string, std::int64_t>& baselines) {
  const auto bytes = [](std::int64_t value) { return std::to_string(value); };
  const scheduler::TrafficTiming timing = scheduler::traffic_timing(problem, s);
  std::vector<std::vector<std::string>> rows = {
      {"external traffic, bytes", "compulsory", "avoidable"},
      {"activations", bytes(s.activations.compulsory), bytes(s.activations.avoidable)},
      {"weights", bytes(s.weights.compulsory), bytes(s.weights.avoidable)}};
  const std::int64_t compulsory = s.weights.compulsory + s.activations.compulsory;
  rows.push_back({"at least", bytes(compulsory), bytes(s.lower_bound_bytes - compulsory)});
  for (const auto& [name, total] : baselines)
    rows.push_back({name, bytes(compulsory), bytes(total - compulsory)});
  return format_table(rows) + "\n" + problem.banks.front().name + " " +
         bytes(problem.banks.front().bytes) + ", used " + bytes(s.fast_bytes) + "; " +
         to_string(s.status) + ", gap " + percent(gap_of(s)) + "; " +
         bytes(static_cast<std::int64_t>(s.transfers.size())) + " transfers of " +
         format_number(timing.transfer_us, 1) + " us, of which ops wait " +
         format_number(timing.total_stall_us(), 1) + "\n" + describe_between(problem, s);
}

}  // namespace

void add_traffic_options(CLI::App& command, TrafficFlags& flags) {
  CLI::Option* tcm = command
                         .add_option("--tcm", flags.tcm_bytes,
                                     "Plan for a fast memory of this size in front of a slow one")
                         ->check(whole_number(1, std::numeric_limits<std::int64_t>::max()));
  command
      .add_option("--device", flags.device, "Plan for the memories of a device: profile or file")
      ->excludes(tcm);
  command
      .add_option(
          "--execution", flags.execution,
          "Where ops find their operands: full (whole in fast memory), streaming (they pass "
          "through a stage); if absent as the device or problem says, else full")
      ->check(one_of({"full", "streaming"}));
  command
      .add_option(
          "--residency", flags.residency,
          "What of a tensor may stay in fast memory: granules (any part), whole (all or nothing); "
          "if absent as the device or problem says, else granules")
      ->check(one_of({"granules", "whole"}));
  command
      .add_option("--stage-bytes", flags.stage_bytes,
                  "Fast memory in which ops that stream bring together what lies in two memories")
      ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()));
  command.add_flag("--stream-weights", flags.stream_weights,
                   "Weights pass through, instead of lying in fast memory while they are used");
  command.add_flag("--steady-state", flags.steady_state,
                   "Count a run of many, in which weights may stay");
}

Status apply_traffic_flags(const TrafficFlags& flags, scheduler::Problem& problem) {
  if (!flags.device.empty()) {
    TILEWRIGHT_RETURN_IF_ERROR(apply_device(flags.device, problem));
  }
  if (flags.tcm_bytes > 0) {
    problem.banks = {{"tcm", flags.tcm_bytes, kTcmBytesPerUs, kTcmBytesPerUs, 1},
                     {"external", kExternalBytes, kExternalBytesPerUs, kExternalBytesPerUs, 1}};
  }
  if (!flags.execution.empty()) {
    problem.execution =
        flags.execution == "full" ? scheduler::Execution::Full : scheduler::Execution::Streaming;
  }
  if (!flags.residency.empty()) {
    problem.residency =
        flags.residency == "whole" ? scheduler::Residency::Whole : scheduler::Residency::Granules;
  }
  if (flags.stage_bytes) problem.stage_bytes = flags.stage_bytes;
  problem.stream_constants = problem.stream_constants || flags.stream_weights;
  problem.steady_state = problem.steady_state || flags.steady_state;
  return ok();
}

PlannerOptions planner_options(const scheduler::Problem& machine) {
  return {machine.execution, machine.residency, machine.stream_constants, machine.steady_state,
          machine.stage_bytes};
}

Result<CompileOptions> compile_options(const CommonOptions& common, const TrafficFlags& flags) {
  TILEWRIGHT_TRY(CompileOptions options, compile_options(common));
  if (!flags.any()) {
    if (!flags.says_how()) return options;
    return Error{ErrorCode::InvalidArgument,
                 "--execution and its like: expected --tcm or --device beside, got neither"};
  }
  if (common.fusion == "memory") {
    return Error{
        ErrorCode::InvalidArgument,
        "--fusion memory: expected one memory, got --tcm or --device, for which nothing is "
        "fused"};
  }
  scheduler::Problem machine;
  TILEWRIGHT_RETURN_IF_ERROR(apply_traffic_flags(flags, machine));
  options.banks = machine.banks;
  options.planner = planner_options(machine);
  TILEWRIGHT_RETURN_IF_ERROR(check_compile_options(options));
  return options;
}

Json measured_banks(const Session& session, const std::vector<BankTraffic>& before) {
  Json banks = Json::object();
  const std::vector<BankTraffic> now = session.traffic();
  for (std::size_t i = 0; i < now.size(); ++i) {
    banks[std::string(now[i].name)] = {
        {"read_bytes", now[i].read_bytes - before[i].read_bytes},
        {"written_bytes", now[i].written_bytes - before[i].written_bytes}};
  }
  return banks;
}

std::string describe_banks(const Json& banks) {
  std::string text;
  for (const auto& [name, bytes] : banks.items()) {
    text += "bank " + name + ": " + bytes["read_bytes"].dump() + " bytes read, " +
            bytes["written_bytes"].dump() + " written per run\n";
  }
  return text;
}

Result<TrafficReport> report_traffic(const scheduler::Problem& problem, bool with_baselines) {
  TILEWRIGHT_TRY(scheduler::TrafficSolution solution, scheduler::solve_traffic(problem));
  std::map<std::string, std::int64_t> baselines;
  if (with_baselines) {
    TILEWRIGHT_TRY(baselines, scheduler::traffic_baselines(problem));
  }
  TrafficReport report;
  report.json = Json::parse(scheduler::write_traffic(problem, solution));
  if (with_baselines) {
    Json by_name = Json::object();
    for (const auto& [name, bytes] : baselines)
      by_name[name] = {{"traffic_bytes", bytes}};
    report.json["baselines"] = std::move(by_name);
  }
  report.json["gap"] = gap_of(solution);
  report.text = describe(problem, solution, baselines);
  report.solution = std::move(solution);
  return report;
}

}  // namespace tilewright::tool
