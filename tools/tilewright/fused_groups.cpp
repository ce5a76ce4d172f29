// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/fused_groups.h"

#include <algorithm>
#include <string>

#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

Json groups_json(const std::vector<StripOutcome>& strips) {
  Json groups = Json::array();
  for (const StripOutcome& strip : strips) {
    groups.push_back({{"name", strip.name},
                      {"source", to_string(strip.source)},
                      {"offered", strip.is_offered},
                      {"chosen", strip.is_chosen},
                      {"strip_rows", strip.group.strip_rows},
                      {"gain", strip.gain},
                      {"removed_bytes", strip.memory.removed_bytes},
                      {"worker_scratch_bytes", strip.memory.worker_scratch_bytes}});
  }
  return groups;
}

std::string groups_text(const std::vector<StripOutcome>& strips) {
  if (strips.empty()) return "";
  const auto is_measured = [](const StripOutcome& strip) {
    return strip.source != ChoiceSource::Analytic;
  };
  std::vector<std::vector<std::string>> rows = {
      {"in strips", "rows", "gain", "bytes away", "scratch", "from"}};
  for (const StripOutcome& strip : strips) {
    if (!strip.is_chosen) continue;
    rows.push_back({strip.name, std::to_string(strip.group.strip_rows),
                    is_measured(strip) ? format_number(strip.gain * 100, 1) + " %" : "",
                    std::to_string(strip.memory.removed_bytes),
                    std::to_string(strip.memory.worker_scratch_bytes), to_string(strip.source)});
  }
  const std::size_t chosen = rows.size() - 1;
  return (chosen > 0 ? "\n" + format_table(rows) : "") + "\n" + std::to_string(chosen) + " of " +
         std::to_string(strips.size()) + " groups of ops run in strips; of " +
         std::to_string(std::ranges::count_if(strips, is_measured)) + " measured ones " +
         std::to_string(std::ranges::count(strips, true, &StripOutcome::is_offered)) +
         " cost no time and were offered to the planner\n";
}

}  // namespace

void add_strips(const std::vector<StripOutcome>& strips, Outcome& outcome) {
  outcome.report["strips"] = groups_json(strips);
  outcome.text += groups_text(strips);
}

}  // namespace tilewright::tool
