// SPDX-License-Identifier: Apache-2.0
// Options of the memories of a machine, for all commands that plan for them; the report of
// `tilewright plan`, and what a session measured.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_solution.h"
#include "tools/tilewright/command.h"

namespace tilewright::tool {

struct TrafficFlags {
  std::int64_t tcm_bytes = 0;  // 0: not given
  std::string device;
  std::string execution;
  std::string residency;
  std::optional<std::int64_t> stage_bytes = {};
  bool stream_weights = false;
  bool steady_state = false;

  /// Whether the command line asks for a traffic plan.
  [[nodiscard]] bool any() const { return tcm_bytes > 0 || !device.empty(); }
  /// Whether it says how to plan for memories.
  [[nodiscard]] bool says_how() const {
    return !execution.empty() || !residency.empty() || stage_bytes || stream_weights ||
           steady_state;
  }
};

void add_traffic_options(CLI::App& command, TrafficFlags& flags);

/// Sets what `flags` say in `problem`. Errors: those of a device profile.
[[nodiscard]] Status apply_traffic_flags(const TrafficFlags& flags, scheduler::Problem& problem);

/// How `machine`, in which flags were set, wants plans to be.
[[nodiscard]] PlannerOptions planner_options(const scheduler::Problem& machine);

/// `compile_options` of `common` with the banks of `flags`. Errors: those of both;
/// InvalidArgument, for flags about memories without one that names them.
[[nodiscard]] Result<CompileOptions> compile_options(const CommonOptions& common,
                                                     const TrafficFlags& flags);

/// What `session` moved since it had moved `before`, as `{"tcm": {"read_bytes", "written_bytes"}}`.
[[nodiscard]] Json measured_banks(const Session& session, const std::vector<BankTraffic>& before);

/// The same for people, a line per bank.
[[nodiscard]] std::string describe_banks(const Json& banks);

struct TrafficReport {
  std::string text;
  Json json;
  scheduler::TrafficSolution solution;
};

/// Plans the traffic of `problem`, which has banks. Errors: those of `solve_traffic`.
[[nodiscard]] Result<TrafficReport> report_traffic(const scheduler::Problem& problem,
                                                   bool with_baselines);

}  // namespace tilewright::tool
