// SPDX-License-Identifier: Apache-2.0
// `tilewright tune`: finds the fastest kernel of every layer on this machine, and chains that are
// faster in strips, and keeps the answers in a cache.
#include <algorithm>
#include <limits>
#include <memory>
#include <unistd.h>

#include "lib/lowering.h"
#include "lib/share_search.h"
#include "lib/tune_model.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/fused_groups.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/option_values.h"
#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

struct TuneArguments {
  std::int64_t budget_ms = 2000;
  TuningMethod method = TuningMethod::Halving;
  std::uint64_t seed = 1;
};

TuningMethod parse_method(const std::string& name) {
  if (name == "halving") return TuningMethod::Halving;
  if (name == "random") return TuningMethod::Random;
  return name == "exhaustive" ? TuningMethod::Exhaustive : TuningMethod::Gp;
}

/// A bar on standard error, if that is a terminal.
std::function<tuner::Next(const tuner::Progress&)> progress_bar() {
  if (isatty(STDERR_FILENO) == 0) return {};
  return [](const tuner::Progress& progress) {
    constexpr int kWidth = 40;
    const double share = std::min(progress.elapsed_seconds / progress.budget_seconds, 1.0);
    const int filled = static_cast<int>(share * kWidth);
    std::fprintf(stderr, "\r[%-*s] %3.0f %%  %zu evaluations", kWidth,
                 std::string(filled, '#').c_str(), share * 100, progress.evaluations);
    return tuner::Next::Continue;
  };
}

Json to_json(const TuningReport& report) {
  Json layers = Json::array();
  for (const TunedLayer& layer : report.layers) {
    layers.push_back({{"name", layer.name},
                      {"count", layer.count},
                      {"source", to_string(layer.source)},
                      {"chosen", layer.chosen},
                      {"threads", layer.sharing.threads},
                      {"parts", layer.sharing.parts},
                      {"axis", layer.sharing.axis == runtime::CutAxis::Rows ? "rows" : "columns"},
                      {"default", layer.default_choice},
                      {"gain", layer.gain},
                      {"evaluations", layer.evaluations},
                      {"ms", layer.seconds * 1e3}});
  }
  return {{"layers", layers},
          {"evaluations", report.evaluations},
          {"tune_ms", report.elapsed_ms},
          {"default_ms", report.default_ms},
          {"tuned_ms", report.tuned_ms},
          {"warnings", report.warnings}};
}

std::string describe(const TuningReport& report) {
  std::vector<std::vector<std::string>> rows = {
      {"layer", "ops", "chosen", "shared by", "default", "gain", "visits", "from"}};
  for (const TunedLayer& layer : report.layers) {
    rows.push_back({layer.name, std::to_string(layer.count), layer.chosen,
                    sharing_name(layer.sharing), layer.default_choice,
                    format_number(layer.gain * 100, 1) + " %", std::to_string(layer.evaluations),
                    to_string(layer.source)});
  }
  return format_table(rows) + "\n" + std::to_string(report.evaluations) + " evaluations in " +
         format_number(report.elapsed_ms, 0) + " ms; kernels of one inference: default " +
         format_number(report.default_ms, 3) + " ms, tuned " + format_number(report.tuned_ms, 3) +
         " ms\n";
}

Result<Outcome> tune_model(const CommonOptions& common, const TuneArguments& arguments) {
  TILEWRIGHT_TRY(const Model model, load_model(common));
  TILEWRIGHT_TRY(CompileOptions options, compile_options(common));
  options.tuning.needs_cache_file = true;
  options.tuning.method = arguments.method;
  options.tuning.budget = std::chrono::milliseconds(arguments.budget_ms);
  options.tuning.seed = arguments.seed;
  TILEWRIGHT_TRY(const KernelsAndStrips tuned,
                 choose_kernels_and_strips(lower(model.graph()), options, progress_bar()));
  if (isatty(STDERR_FILENO) != 0) std::fputs("\n", stderr);
  warn_if_not_kept(common);
  Json report = to_json(tuned.kernels.report);
  for (const std::string& warning : tuned.strips.warnings)
    report["warnings"].push_back(warning);
  for (const Json& warning : report["warnings"])
    print_message("warning: " + warning.get<std::string>());
  Outcome outcome{describe(tuned.kernels.report), std::move(report), kExitDone};
  add_strips(tuned.strips.outcomes, outcome);
  return outcome;
}

}  // namespace

void add_tune(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command =
      add_command(app, common, "tune", "Finds the fastest kernels on this machine",
                  "tilewright tune model.tflite --budget-ms 2000 --cache tune.json");
  add_kernel_options(*command, common, CacheUse::Write);
  add_fusion(*command, common);
  auto arguments = std::make_shared<TuneArguments>();
  command->add_option("--budget-ms", arguments->budget_ms, "Time for measuring, at least 200")
      ->transform(tuning_budget(false))
      ->capture_default_str();
  auto method = std::make_shared<std::string>("halving");
  command->add_option("--method", *method, "gp, halving, random or exhaustive")
      ->check(one_of({"gp", "halving", "random", "exhaustive"}))
      ->capture_default_str();
  command->add_option("--seed", arguments->seed, "Seed of the search")
      ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  command->callback([&, arguments, method] {
    arguments->method = parse_method(*method);
    run = [&common, arguments] { return tune_model(common, *arguments); };
  });
}

}  // namespace tilewright::tool
