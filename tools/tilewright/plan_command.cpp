// SPDX-License-Identifier: Apache-2.0
// `tilewright plan`: the least memory, with its proof, for a model or a problem file.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <memory>
#include <optional>
#include <span>

#include "lib/compilation.h"
#include "lib/scheduling_problem.h"
#include "runtime/file_io.h"
#include "scheduler/arena/arena_baselines.h"
#include "scheduler/cost.h"
#include "scheduler/draw.h"
#include "scheduler/explain.h"
#include "scheduler/order/order_baselines.h"
#include "scheduler/problem_file.h"
#include "scheduler/solve.h"
#include "scheduler/traffic/traffic_certificate.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/fused_groups.h"
#include "tools/tilewright/holds_for.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/memory_cost.h"
#include "tools/tilewright/option_values.h"
#include "tools/tilewright/table.h"
#include "tools/tilewright/traffic_options.h"

namespace tilewright::tool {
namespace {

struct Planned {
  scheduler::Problem problem;
  scheduler::Solution solution;
};

/// What the command line asks for beside the plan.
struct PlanOptions {
  std::int64_t time_limit_ms = 0;  // 0: none
  int threads = 1;
  bool baselines = false;
  bool explain = false;
  bool pareto = false;
  std::string certificate_file;
  TrafficFlags traffic;
};

/// The problem in `text`, if it is JSON at all; none for a model.
bool looks_like_json(std::string_view text) {
  const auto first =
      std::find_if(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) == 0; });
  return first != text.end() && *first == '{';
}

/// A problem file has no kernels, and its tensors have no shapes.
Status refuse_model_flags(const CommonOptions& common, const PlanOptions& plan) {
  constexpr char kGot[] = "a problem file";
  TILEWRIGHT_RETURN_IF_ERROR(refuse_choices(common, kGot));
  return refuse_flags({{plan.pareto, "--pareto"},
                       {common.threads != 0, "--threads"},
                       {!common.isa.empty(), "--isa"},
                       {!common.shapes.empty(), "--shape"}},
                      kGot);
}

Result<ModelProblem> problem_of(const CommonOptions& common, const PlanOptions& plan) {
  TILEWRIGHT_TRY(const runtime::MappedFile file,
                 runtime::map_file(common.model, std::int64_t{1} << 36));
  const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (looks_like_json(text)) {
    Result<scheduler::Problem> problem = scheduler::read_problem(text);
    if (!problem) return in_file(common.model, problem.error());
    TILEWRIGHT_RETURN_IF_ERROR(refuse_model_flags(common, plan));
    TILEWRIGHT_RETURN_IF_ERROR(apply_traffic_flags(plan.traffic, *problem));
    return ModelProblem{*std::move(problem), {}, {}};
  }
  TILEWRIGHT_TRY(const Model model, load_model(common));
  TILEWRIGHT_TRY(const CompileOptions options, compile_options(common, plan.traffic));
  Result<ModelProblem> problem = model_problem(
      model, options, plan.traffic.any() ? ProblemConstants::Listed : ProblemConstants::Left);
  if (!problem) return in_file(common.model, problem.error());
  return problem;
}

std::string yes_no(bool value) {
  return value ? "yes" : "no";
}

/// How far the arena may be above the least, as a share of the lower bound.
double gap_of(const scheduler::Solution& solution) {
  if (solution.peak_lower_bound_bytes == 0) return 0;
  const auto bound_bytes = static_cast<double>(solution.peak_lower_bound_bytes);
  return static_cast<double>(solution.arena_bytes) / bound_bytes - 1;
}

/// Peaks of orders, and arenas of the serialized order without in-place pairs.
void add_baselines(const Planned& planned, Outcome& outcome) {
  const scheduler::Problem& problem = planned.problem;
  std::vector<std::vector<std::string>> rows{{"baseline", "peak bytes", "arena bytes"}};
  Json& report = outcome.report["baselines"] = Json::object();
  for (const scheduler::OrderBaseline& baseline : scheduler::order_baselines(problem)) {
    report[baseline.name] = {{"peak_bytes", baseline.peak_bytes}};
    rows.push_back({baseline.name, std::to_string(baseline.peak_bytes), ""});
  }
  const scheduler::Dependencies lists = scheduler::dependencies(problem);
  const std::vector<scheduler::OpId> order = scheduler::serialized_order(problem, lists);
  const scheduler::ArenaProblem arena =
      scheduler::arena_problem(problem, scheduler::lifetimes(problem, lists, order), order, {});
  for (const scheduler::ArenaBaseline& baseline : scheduler::arena_baselines(arena)) {
    report[baseline.name] = {{"arena_bytes", baseline.arena_bytes}};
    rows.push_back({baseline.name, "", std::to_string(baseline.arena_bytes)});
  }
  outcome.text += "\n" + format_table(rows);
}

/// The storages at the peak, and what budgets below it cost at least.
void add_explanation(const Planned& planned, Outcome& outcome) {
  const scheduler::Problem& problem = planned.problem;
  const scheduler::Explanation found = scheduler::explain(problem, planned.solution, {});
  Json& report = outcome.report["explain"] = {{"step", found.step},
                                              {"storages", Json::array()},
                                              {"scratch_bytes", found.scratch_bytes},
                                              {"credit_bytes", found.credit_bytes},
                                              {"untouched_bytes", found.untouched_bytes},
                                              {"traffic_free_bytes", found.traffic_free_bytes},
                                              {"budgets", Json::array()}};
  std::vector<std::vector<std::string>> rows{{"alive at the peak", "bytes"}};
  for (const scheduler::StorageId id : found.storages) {
    const std::int64_t bytes = scheduler::aligned_bytes(problem, id);
    report["storages"].push_back({{"id", index(id)}, {"bytes", bytes}});
    rows.push_back({problem.storages[index(id)].name, std::to_string(bytes)});
  }
  rows.push_back({"scratch of the op", std::to_string(found.scratch_bytes)});
  rows.push_back({"saved in place", std::to_string(-found.credit_bytes)});
  rows.push_back({"of these not touched by the op", std::to_string(found.untouched_bytes)});
  outcome.text += "\n" + format_table(rows);
  rows = {{"with this memory", "at least these bytes are read back per run"}};
  for (const std::int64_t percent : {90, 75, 50}) {
    const std::int64_t budget_bytes = planned.solution.peak_bytes * percent / 100;
    const std::int64_t bytes = std::max<std::int64_t>(0, found.traffic_free_bytes - budget_bytes);
    report["budgets"].push_back({{"budget_bytes", budget_bytes}, {"least_reload_bytes", bytes}});
    rows.push_back({std::to_string(budget_bytes), std::to_string(bytes)});
  }
  outcome.text += "\n" + format_table(rows);
}

std::string describe(const Planned& planned) {
  const scheduler::Solution& s = planned.solution;
  const auto bytes = [](std::int64_t value) { return std::to_string(value); };
  std::string text = format_table({
      {"", "bytes", "at least", "proven optimal"},
      {"order", bytes(s.peak_bytes), bytes(s.peak_lower_bound_bytes),
       yes_no(s.order_proven_optimal) + " (" + to_string(s.order_status) + ")"},
      {"arena", bytes(s.arena_bytes), bytes(s.arena_lower_bound_bytes),
       yes_no(s.arena_proven_optimal)},
      {"both together", bytes(s.arena_bytes), bytes(s.peak_lower_bound_bytes),
       yes_no(s.jointly_optimal)},
      {"file order", bytes(s.serialized_order_peak_bytes), "", ""},
      {"greedy arena of file order", bytes(s.greedy_arena_bytes), "", ""},
  });
  if (!s.fits_memory_limit) {
    text += "\nmemory_limit " + bytes(*planned.problem.memory_limit_bytes) +
            ": neither a plan that fits nor a proof that there is none was found\n";
  }
  text += "\n" + scheduler::draw(planned.problem, s);
  return text + "\nsolved in " + format_number(s.solve_ms, 2) + " ms, " +
         std::to_string(s.order_states) + " states of order, " + std::to_string(s.arena_nodes) +
         " placements\n";
}

/// `traffic` may be null.
Status write_proof(const Planned& planned, const scheduler::TrafficSolution* traffic,
                   const std::string& file) {
  const scheduler::Dependencies lists = scheduler::dependencies(planned.problem);
  std::vector<std::int32_t> order;
  for (const scheduler::OpId id : scheduler::serialized_order(planned.problem, lists))
    order.push_back(static_cast<std::int32_t>(index(id)));
  const auto proof = scheduler::certify_order(scheduler::order_graph(planned.problem, lists), order,
                                              planned.solution.peak_lower_bound_bytes, {});
  if (!proof) print_message("certificate: the bound was proven, but not again within the limits");
  Json certificate =
      Json::parse(scheduler::write_certificate(planned.problem, planned.solution, proof));
  if (traffic != nullptr) {
    TILEWRIGHT_TRY(const scheduler::TrafficCertificate found,
                   scheduler::certify_traffic(planned.problem, *traffic));
    certificate["traffic"] =
        Json::parse(scheduler::write_traffic_proof(planned.problem, *traffic, found));
  }
  const std::string text = certificate.dump() + "\n";
  return runtime::write_file(file, std::as_bytes(std::span(text)));
}

Result<Outcome> plan_file(const CommonOptions& common, const PlanOptions& options) {
  TILEWRIGHT_TRY(ModelProblem of_file, problem_of(common, options));
  scheduler::Problem& problem = of_file.problem;
  if (common.memory_limit_bytes > 0) problem.memory_limit_bytes = common.memory_limit_bytes;
  scheduler::SolveOptions solve;
  solve.deadline_ms = static_cast<double>(options.time_limit_ms);
  solve.arena_threads = options.threads;
  const auto begin = std::chrono::steady_clock::now();
  Result<scheduler::Solution> solution = scheduler::solve(problem, solve);
  if (!solution) return in_file(common.model, solution.error());
  solution->solve_ms = ms_since(begin);
  const Planned planned{std::move(problem), std::move(*solution)};
  Outcome outcome;
  outcome.report = Json::parse(scheduler::write_solution(planned.problem, planned.solution));
  outcome.report["holds_for"] = holds_for(planned.problem);
  outcome.report["solve_ms"] = planned.solution.solve_ms;
  outcome.report["gap"] = gap_of(planned.solution);
  outcome.report["states"] = planned.solution.order_states;
  outcome.text = describe(planned) + "model: " + holds_for(planned.problem) + "\n";
  if (!of_file.strips.empty()) add_strips(of_file.strips, outcome);
  if (of_file.memory_fit) add_memory_fit(*of_file.memory_fit, outcome);
  if (options.baselines) add_baselines(planned, outcome);
  if (options.explain) add_explanation(planned, outcome);
  if (options.pareto) TILEWRIGHT_RETURN_IF_ERROR(add_curve(common, outcome));
  std::optional<TrafficReport> traffic;
  if (planned.problem.banks.size() >= 2) {
    Result<TrafficReport> report = report_traffic(planned.problem, options.baselines);
    if (!report) return in_file(common.model, report.error());
    traffic = std::move(*report);
    outcome.report["traffic"] = std::move(traffic->json);
    outcome.text += "\n" + traffic->text;
  }
  if (!options.certificate_file.empty()) {
    TILEWRIGHT_RETURN_IF_ERROR(
        write_proof(planned, traffic ? &traffic->solution : nullptr, options.certificate_file));
  }
  return outcome;
}

}  // namespace

void add_plan(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command =
      add_command(app, common, "plan", "Plans the memory of a model or problem file, with a proof",
                  "tilewright plan model.tflite --json -");
  auto options = std::make_shared<PlanOptions>();
  add_plan_options(*command, common);
  command
      ->add_option("--time-limit-ms", options->time_limit_ms,
                   "Time to search at most; without it, plans are reproducible")
      ->check(whole_number(1, 86'400'000));
  command
      ->add_option("--solver-threads", options->threads,
                   "Threads of the arena search; the plan is the same")
      ->check(whole_number(1, 64));
  command->add_flag("--baselines", options->baselines, "Compare with orders and arenas of others");
  command->add_flag("--explain", options->explain,
                    "Say what makes the peak and what less memory would cost");
  command->add_flag("--pareto", options->pareto,
                    "Print the time of all kernels over memory, each point an exact plan");
  command->add_option("--certificate", options->certificate_file,
                      "Write what another program needs to check the proof");
  add_traffic_options(*command, options->traffic);
  command->callback([options, &common, &run] {
    run = [options, &common] { return plan_file(common, *options); };
  });
}

}  // namespace tilewright::tool
