// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/memory_cost.h"

#include "tools/tilewright/input_file.h"
#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

constexpr char kAsIfApart[] = "ops in strips that were not measured count as one after the other";

std::string milliseconds(double seconds) {
  return format_number(seconds * 1e3, 3);
}

std::string describe(const PlanTime& time) {
  return milliseconds(time.seconds) + " ms (" + time_source(time.measured_ops, time.ops) + ")";
}

Json to_json(const PlanTime& time) {
  return {{"kernels_ms", time.seconds * 1e3},
          {"ops", time.ops},
          {"measured_ops", time.measured_ops},
          {"strip_ops", time.strip_ops},
          {"unmeasured_strip_ops", time.unmeasured_strip_ops}};
}

/// What is proven of the kernels of a plan.
template <typename Found>
Json proof_json(const Found& found) {
  return {{"least_kernels_ms", found.least_seconds * 1e3},
          {"proven_fastest", found.proven_fastest},
          {"slower_kernels", found.slower_kernels}};
}

}  // namespace

std::string time_source(std::size_t measured_ops, std::size_t ops) {
  if (measured_ops == 0) return "analytic";
  if (measured_ops == ops) return "measured";
  return "measured " + std::to_string(measured_ops) + " of " + std::to_string(ops);
}

void add_memory_fit(const MemoryFit& fit, Outcome& outcome) {
  Json& report = outcome.report["memory_fit"] = to_json(fit.time);
  report.update(proof_json(fit));
  report["free_kernels_ms"] = fit.free_time.seconds * 1e3;
  report["free_measured_ops"] = fit.free_time.measured_ops;
  const double cost = fit.time.seconds / fit.free_time.seconds - 1;
  outcome.text += "within the limit kernels take " + describe(fit.time) + ", without one " +
                  describe(fit.free_time) + ": it costs " + format_number(cost * 100, 1) + " %; " +
                  std::to_string(fit.slower_kernels) + " of " + std::to_string(fit.time.ops) +
                  " ops take slower kernels, " + std::to_string(fit.time.strip_ops) +
                  " run in strips\n";
  if (fit.time.unmeasured_strip_ops > 0) outcome.text += std::string(kAsIfApart) + "\n";
}

Status add_curve(const CommonOptions& common, Outcome& outcome) {
  TILEWRIGHT_TRY(const Model model, load_model(common));
  TILEWRIGHT_TRY(const CompileOptions compile, compile_options(common));
  const Result<std::vector<MemoryWay>> curve = latency_memory_curve(model, compile);
  if (!curve) return in_file(common.model, curve.error());
  Json& report = outcome.report["pareto"] = Json::array();
  std::vector<std::vector<std::string>> rows{{"arena bytes", "at least", "kernels ms", "at least",
                                              "fastest proven", "slower kernels", "in strips",
                                              "time is"}};
  bool counts_as_apart = false;
  for (const MemoryWay& way : *curve) {
    const scheduler::Solution& plan = way.solution;
    Json& point = report.emplace_back(to_json(way.time));
    point.update(proof_json(way));
    point["arena_bytes"] = plan.arena_bytes;
    point["peak_lower_bound_bytes"] = plan.peak_lower_bound_bytes;
    counts_as_apart = counts_as_apart || way.time.unmeasured_strip_ops > 0;
    rows.push_back({std::to_string(plan.arena_bytes), std::to_string(plan.peak_lower_bound_bytes),
                    milliseconds(way.time.seconds), milliseconds(way.least_seconds),
                    way.proven_fastest ? "yes" : "no", std::to_string(way.slower_kernels),
                    std::to_string(way.time.strip_ops),
                    time_source(way.time.measured_ops, way.time.ops)});
  }
  outcome.text += "\n" + format_table(rows);
  if (counts_as_apart) outcome.text += std::string(kAsIfApart) + "\n";
  return ok();
}

}  // namespace tilewright::tool
