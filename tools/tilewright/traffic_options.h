// SPDX-License-Identifier: Apache-2.0
// What `tilewright plan` adds for external traffic: options of the memories, and the report.
#pragma once

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tilewright/status.h"

#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::tool {

struct TrafficFlags {
  std::int64_t tcm_bytes = 0;  // 0: not given
  std::string device;
  std::string execution;
  std::string residency;
  bool stream_weights = false;
  bool steady_state = false;

  /// Whether the command line asks for a traffic plan.
  [[nodiscard]] bool any() const { return tcm_bytes > 0 || !device.empty(); }
};

void add_traffic_options(CLI::App& command, TrafficFlags& flags);

/// Sets what `flags` say in `problem`. Errors: those of a device profile.
[[nodiscard]] Status apply_traffic_flags(const TrafficFlags& flags, scheduler::Problem& problem);

struct TrafficReport {
  std::string text;
  nlohmann::ordered_json json;
  scheduler::TrafficSolution solution;
};

/// Plans the traffic of `problem`, which has banks. Errors: those of `solve_traffic`.
[[nodiscard]] Result<TrafficReport> report_traffic(const scheduler::Problem& problem,
                                                   bool with_baselines);

}  // namespace tilewright::tool
