// SPDX-License-Identifier: Apache-2.0
// `tilewright bench`: latency, memory and the time of every step.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <sys/resource.h>

#include "lib/dot_peak.h"
#include "lib/fma_peak.h"
#include "runtime/cpu_features.h"
#include "runtime/flat_plan.h"
#include "runtime/session_memory.h"
#include "tools/tilewright/cold_process.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/option_values.h"
#include "tools/tilewright/seeded_inputs.h"
#include "tools/tilewright/table.h"
#include "tools/tilewright/traffic_options.h"

namespace tilewright::tool {
namespace {

struct BenchArguments {
  double min_secs = 1.0;
  std::int64_t warmup_runs = 3;
  std::int64_t tune_budget_ms = 0;
  bool tunes_in_situ = false;
  bool times_pages = false;
  TrafficFlags traffic;
};

Result<double> timed_run(Session& session, std::size_t inputs) {
  fill_inputs(session, inputs);
  const auto begin = std::chrono::steady_clock::now();
  TILEWRIGHT_RETURN_IF_ERROR(session.run());
  return ms_since(begin);
}

Json summarize(std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  const auto percentile = [&](double p) {
    const auto rank = static_cast<std::size_t>(std::ceil(p / 100 * static_cast<double>(ms.size())));
    return ms[std::clamp<std::size_t>(rank, 1, ms.size()) - 1];
  };
  const double mean = std::accumulate(ms.begin(), ms.end(), 0.0) / static_cast<double>(ms.size());
  double variance = 0;
  for (const double value : ms)
    variance += (value - mean) * (value - mean) / static_cast<double>(ms.size());
  return {{"min", ms.front()},     {"mean", mean},
          {"p50", percentile(50)}, {"p90", percentile(90)},
          {"p95", percentile(95)}, {"p99", percentile(99)},
          {"max", ms.back()},      {"std", std::sqrt(variance)},
          {"count", ms.size()}};
}

std::vector<std::int64_t> extents(const Shape& shape) {
  return {shape.dims().begin(), shape.dims().end()};
}

/// What all threads do at most per nanosecond.
struct Peaks {
  double floats;  // multiplications and additions
  double int8s;   // the same of bytes
};

/// `steps` are those of `plan`, in its order.
Json describe_ops(const std::vector<StepTime>& steps, const runtime::FlatPlan& plan,
                  const Peaks& peaks) {
  double total_ns = 0;
  for (const StepTime& step : steps)
    total_ns += static_cast<double>(step.total_ns);
  Json ops = Json::array();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const StepTime& step = steps[i];
    const std::vector<runtime::Operand>& src = plan.steps[i].src;
    const double ns = static_cast<double>(step.total_ns) /
                      static_cast<double>(std::max<std::int64_t>(step.runs, 1));
    const bool is_int8 = plan.steps[i].dst.dtype == DType::Int8;
    const double peak_gflops = is_int8 ? peaks.int8s : peaks.floats;
    const double gflops = ns > 0 ? 2.0 * static_cast<double>(step.macs) / ns : 0;
    ops.push_back({{"name", step.name},
                   {"type", step.type},
                   {"variant", step.kernel},
                   {"src_shape", src.empty() ? Json::array() : Json(extents(src[0].shape))},
                   {"dst_shape", extents(plan.steps[i].dst.shape)},
                   {"ms", ns * 1e-6},
                   {"share", total_ns > 0 ? static_cast<double>(step.total_ns) / total_ns : 0},
                   {"gflops", gflops},
                   {"peak_fraction", peak_gflops > 0 ? gflops / peak_gflops : 0}});
  }
  return ops;
}

std::int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

std::string describe(const Json& report) {
  std::vector<std::vector<std::string>> rows = {
      {"step", "op", "kernel", "ms", "share", "GFLOP/s", "of peak"}};
  for (const Json& op : report["ops"]) {
    rows.push_back({op["name"], op["type"], op["variant"], format_number(op["ms"], 4),
                    format_number(op["share"].get<double>() * 100, 1) + " %",
                    format_number(op["gflops"], 1),
                    format_number(op["peak_fraction"].get<double>() * 100, 0) + " %"});
  }
  const Json& latency = report["latency_ms"];
  std::string text = format_table(rows) + "\nlatency ms  ";
  for (const char* key : {"min", "p50", "mean", "p90", "p99", "max"}) {
    text += std::string(key) + " " + format_number(latency[key], 3) + "  ";
  }
  text +=
      "(" + std::to_string(latency["count"].get<std::int64_t>()) + " runs)\nload " +
      format_number(report["load_ms"], 1) + " ms, compile " +
      format_number(report["compile_ms"], 1) + " ms, tune " + format_number(report["tune_ms"], 1) +
      " ms, create " + format_number(report["create_ms"], 3) + " ms, first run " +
      format_number(report["first_run_ms"], 3) + " ms\narena " +
      std::to_string(report["arena_bytes"].get<std::int64_t>()) + " bytes (proven at least " +
      std::to_string(report["arena_lower_bound_bytes"].get<std::int64_t>()) + "), packed weights " +
      std::to_string(report["packed_weight_bytes"].get<std::int64_t>()) + " bytes, peak resident " +
      std::to_string(report["peak_rss_bytes"].get<std::int64_t>()) + " bytes\n";
  if (report.contains("banks")) text += describe_banks(report["banks"]);
  if (!report.contains("in_situ")) return text;
  const Json& tuning = report["in_situ"];
  const auto count = [&](const char* key) {
    return std::to_string(tuning[key].get<std::int64_t>());
  };
  return text + "tuned in " + count("runs") + " runs: " + count("settled_layers") + " of " +
         count("layers") + " layers settled by " + count("trials") + " trials, " +
         format_number(tuning["gain"].get<double>() * 100, 1) + " % faster; " +
         count("trial_weight_bytes") + " bytes of weights on trial\n";
}

struct Prepared {
  Plan plan;
  Json timings;
};

/// A plan as it is, or a model compiled, tuned first if there is a budget, or to be tuned in its
/// runs.
Result<Prepared> prepare(const CommonOptions& common, const BenchArguments& arguments) {
  Json timings;
  if (arguments.tune_budget_ms == 0 && !arguments.tunes_in_situ) {
    TILEWRIGHT_TRY(Plan plan, load_plan(common, arguments.traffic, timings));
    timings["tune_ms"] = 0.0;
    return Prepared{std::move(plan), std::move(timings)};
  }
  if (arguments.tunes_in_situ && common.fusion == "memory") {
    return Error{ErrorCode::InvalidArgument,
                 "--fusion memory: expected no tuning in runs, got --tune-in-situ, which fuses "
                 "nothing"};
  }
  auto begin = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(const Model model, load_model(common));
  timings["load_ms"] = ms_since(begin);
  TILEWRIGHT_TRY(CompileOptions options, compile_options(common, arguments.traffic));
  options.tuning.budget = std::chrono::milliseconds(arguments.tune_budget_ms);
  options.tuning.needs_cache_file = true;
  if (arguments.tunes_in_situ) options.tuning.mode = TuningMode::InSitu;
  begin = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(Compilation compilation, compile_model(common, model, options));
  timings["compile_ms"] = ms_since(begin) - compilation.tuning.elapsed_ms;
  timings["tune_ms"] = compilation.tuning.elapsed_ms;
  warn_if_not_kept(common);
  return Prepared{std::move(compilation.plan), std::move(timings)};
}

/// What a session found while it ran, which may be off; kept in the cache, if there is one.
Result<Json> describe_tuning(Session& session, const Plan& plan, const CommonOptions& common) {
  const bool is_kept = !common.cache_file.empty() && plan.flat().kernel_table != nullptr;
  if (is_kept) TILEWRIGHT_RETURN_IF_ERROR(session.save_tuning());
  const TuningProgress progress = session.tuning();
  return Json{
      {"runs", progress.runs},     {"trials", progress.trials},
      {"layers", progress.layers}, {"settled_layers", progress.settled_layers},
      {"gain", progress.gain},     {"trial_weight_bytes", plan.requirements().trial_weight_bytes}};
}

/// Every step's time. Reading the clock twice a step would slow other runs, so that the steps have
/// runs of their own; a session that tunes itself is profiled as it does.
Result<std::vector<StepTime>> profile(const Session& session, const Plan& plan,
                                      const CommonOptions& common,
                                      const BenchArguments& arguments) {
  if (arguments.tunes_in_situ) return session.profile();
  TILEWRIGHT_TRY(Session profiled,
                 Session::create(plan, {.threads = common.threads, .profile = true}));
  const auto begin = std::chrono::steady_clock::now();
  do {
    TILEWRIGHT_RETURN_IF_ERROR(timed_run(profiled, plan.inputs().size()));
  } while (ms_since(begin) < arguments.min_secs * 0.5e3);
  return profiled.profile();
}

/// Reports what the system takes to give a session its pages, by itself: those of the plan, of each
/// of which a byte is read, and memory like the session's. It is for the caller to keep: else the
/// session is given the same memory, which is in the caches. The program's code has its pages too
/// then.
Result<runtime::SessionMemory> time_pages(const Plan& plan, Json& report) {
  read_pages(program_code());
  auto begin = std::chrono::steady_clock::now();
  read_pages(plan.flat().constants);
  report["page_in_ms"] = ms_since(begin);
  begin = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(runtime::SessionMemory memory, runtime::session_memory(plan.flat(), {}));
  report["arena_pages_ms"] = ms_since(begin);
  return memory;
}

/// The median of runs that find nothing of theirs in the caches.
Result<double> cold_run_ms(Session& session, std::size_t inputs) {
  std::vector<double> ms;
  for (int i = 0; i < 7; ++i) {
    evict_caches();
    TILEWRIGHT_TRY(ms.emplace_back(), timed_run(session, inputs));
  }
  return summarize(std::move(ms))["p50"].get<double>();
}

Result<Outcome> bench(const CommonOptions& common, const BenchArguments& arguments) {
  TILEWRIGHT_TRY(Prepared prepared, prepare(common, arguments));
  const Plan& plan = prepared.plan;
  const std::size_t inputs = plan.inputs().size();
  Json report = prepared.timings;
  std::optional<runtime::SessionMemory> other_memory;
  if (arguments.times_pages) {
    TILEWRIGHT_TRY(other_memory, time_pages(plan, report));
  }
  std::int64_t faults = page_faults();
  const auto before_create = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(Session session, Session::create(plan, {.threads = common.threads,
                                                         .profile = arguments.tunes_in_situ}));
  report["create_ms"] = ms_since(before_create);
  report["create_page_faults"] = page_faults() - faults;
  const std::vector<BankTraffic> before = session.traffic();
  faults = page_faults();
  TILEWRIGHT_TRY(report["first_run_ms"], timed_run(session, inputs));
  report["first_run_page_faults"] = page_faults() - faults;
  if (!before.empty()) report["banks"] = measured_banks(session, before);
  for (std::int64_t i = 0; i < arguments.warmup_runs; ++i)
    TILEWRIGHT_RETURN_IF_ERROR(timed_run(session, inputs));
  std::vector<double> ms;
  const auto begin = std::chrono::steady_clock::now();
  do {
    TILEWRIGHT_TRY(const double run_ms, timed_run(session, inputs));
    ms.push_back(run_ms);
  } while (ms_since(begin) < arguments.min_secs * 1e3);
  report["latency_ms"] = summarize(ms);
  report["arena_bytes"] = plan.requirements().arena_bytes;
  report["arena_lower_bound_bytes"] = plan.memory().arena_lower_bound_bytes;
  report["packed_weight_bytes"] = plan.requirements().packed_weight_bytes;
  report["peak_rss_bytes"] = peak_rss_bytes();
  if (arguments.times_pages) {
    TILEWRIGHT_TRY(report["cold_run_ms"], cold_run_ms(session, inputs));
  }
  if (arguments.tunes_in_situ) {
    TILEWRIGHT_TRY(report["in_situ"], describe_tuning(session, plan, common));
  }
  TILEWRIGHT_TRY(const std::vector<StepTime> steps, profile(session, plan, common, arguments));
  const std::int32_t most = plan.requirements().threads;
  const std::int32_t threads = common.threads == 0 ? most : std::min(common.threads, most);
  report["ops"] = describe_ops(steps, plan.flat(),
                               {fma_peak_gflops(runtime::best_isa()) * threads,
                                dot_peak_gops(runtime::supported_isas()) * threads});
  Outcome outcome;
  outcome.text = describe(report);
  outcome.report = std::move(report);
  return outcome;
}

}  // namespace

void add_bench(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command = add_command(app, common, "bench", "Measures latency, memory and every step",
                                  "tilewright bench model.tflite --tune-budget-ms 2000");
  add_plan_options(*command, common, CacheUse::Write);
  auto arguments = std::make_shared<BenchArguments>();
  command->add_option("--min-secs", arguments->min_secs, "Seconds of timed runs, at least")
      ->check(number(0, 3600))
      ->capture_default_str();
  command->add_option("--warmup-runs", arguments->warmup_runs, "Runs before the timed ones")
      ->transform(whole_number(0, 1'000'000))
      ->capture_default_str();
  command
      ->add_option("--tune-budget-ms", arguments->tune_budget_ms,
                   "Tune first for so long; 0: do not")
      ->transform(tuning_budget(true))
      ->capture_default_str();
  command
      ->add_flag("--tune-in-situ", arguments->tunes_in_situ,
                 "Tune inside the runs; what is found goes to --cache")
      ->excludes("--tune-budget-ms");
  command->add_flag("--time-pages", arguments->times_pages,
                    "Time by itself, first, what the system takes to give a session its pages; "
                    "and, last, runs with cold caches");
  add_traffic_options(*command, arguments->traffic);
  command->callback(
      [&, arguments] { run = [&common, arguments] { return bench(common, *arguments); }; });
}

}  // namespace tilewright::tool
