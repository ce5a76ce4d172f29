// SPDX-License-Identifier: Apache-2.0
// `tilewright feasible`: which networks can run in a device's memory at all, with a proof for those
// that cannot.
#include <algorithm>
#include <chrono>
#include <memory>
#include <span>

#include "lib/feasibility.h"
#include "runtime/file_io.h"
#include "scheduler/problem.h"
#include "tools/networks/families.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/feasible_picture.h"
#include "tools/tilewright/holds_for.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/memory_cost.h"
#include "tools/tilewright/memory_profile.h"
#include "tools/tilewright/option_values.h"
#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

constexpr std::size_t kMaxCells = 10'000;

struct FeasibleOptions {
  std::vector<std::string> models;
  std::string device, bank;
  std::int64_t limit_bytes = 0;  // 0: that of the bank
  std::string family;
  std::vector<double> widths = {0.1, 0.2, 0.25, 0.35, 0.5, 0.6, 0.75, 0.85, 1.0, 1.4};
  std::vector<std::int64_t> resolutions = {64, 96, 128, 160, 192, 224, 256, 288, 320, 384};
  std::string svg_file;
};

/// The memory that is asked about.
struct Memory {
  std::string name;
  std::int64_t bytes = 0;
};

Result<Memory> memory_of(const FeasibleOptions& options) {
  if (options.limit_bytes > 0) return Memory{"memory", options.limit_bytes};
  if (options.device.empty()) {
    return Error{ErrorCode::InvalidArgument,
                 "feasible: expected --device PROFILE or --memory-limit BYTES, got neither"};
  }
  scheduler::Problem profile;
  TILEWRIGHT_RETURN_IF_ERROR(apply_device(options.device, profile));
  if (profile.banks.empty()) {
    return Error{ErrorCode::InvalidModel,
                 options.device + ": expected a device with memories, got none"};
  }
  std::string names;
  for (const scheduler::Bank& bank : profile.banks) {
    if (options.bank.empty() || options.bank == bank.name) return Memory{bank.name, bank.bytes};
    names += (names.empty() ? "" : ", ") + bank.name;
  }
  return Error{ErrorCode::InvalidArgument,
               "--bank: expected one of " + names + ", got '" + options.bank + "'"};
}

Json verdict_json(const Feasibility& found) {
  return {{"verdict", to_string(found.verdict)},
          {"arena_bytes", found.arena_bytes},
          {"lower_bound_bytes", found.lower_bound_bytes},
          {"kernels", found.kernels_save_scratch ? "least_scratch" : "fastest"},
          {"latency_ms", found.latency_ms},
          {"ops", found.ops},
          {"measured_ops", found.measured_ops},
          {"weight_bytes", found.weight_bytes}};
}

const char* verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::Fits:
      return "fits";
    case Verdict::ProvenNotToFit:
      return "proven not to fit";
    case Verdict::Open:
      return "open";
  }
  return "unknown";
}

std::string heading(const Memory& memory, const std::string& model) {
  return memory.name + " of " + std::to_string(memory.bytes) + " bytes\nmodel: " + model + "\n\n";
}

Result<Outcome> judge_models(const CommonOptions& common, const FeasibleOptions& options) {
  TILEWRIGHT_TRY(const Memory memory, memory_of(options));
  TILEWRIGHT_TRY(const CompileOptions compile, compile_options(common));
  Outcome outcome;
  Json rows_json = Json::array();
  std::vector<std::vector<std::string>> rows{
      {"network", "verdict", "arena bytes", "at least", "kernels", "ms", "time is"}};
  for (const std::string& file : options.models) {
    CommonOptions one = common;
    one.model = file;
    TILEWRIGHT_TRY(const Model model, load_model(one));
    const Result<Feasibility> found = judge_feasibility(model.graph(), compile, memory.bytes);
    if (!found) return in_file(file, found.error());
    Json row = {{"model", file}};
    row.update(verdict_json(*found));
    rows_json.push_back(std::move(row));
    rows.push_back({file, verdict_text(found->verdict), std::to_string(found->arena_bytes),
                    std::to_string(found->lower_bound_bytes),
                    found->kernels_save_scratch ? "least scratch" : "fastest",
                    format_number(found->latency_ms, 3),
                    time_source(found->measured_ops, found->ops)});
    if (found->verdict == Verdict::ProvenNotToFit) outcome.exit_status = kExitProvenOrFailed;
  }
  const std::string model = holds_for_arenas(std::max(common.threads, 1));
  outcome.report = {{"memory", memory.name},
                    {"memory_bytes", memory.bytes},
                    {"holds_for", model},
                    {"networks", std::move(rows_json)}};
  outcome.text = heading(memory, model) + format_table(rows);
  return outcome;
}

networks::Family family_of(const std::string& name) {
  return *std::ranges::find(networks::kFamilies, name,
                            [](networks::Family family) { return networks::to_string(family); });
}

Result<FeasibilityGrid> judge_family(const CommonOptions& common, const FeasibleOptions& options,
                                     const Memory& memory) {
  TILEWRIGHT_TRY(const CompileOptions compile, compile_options(common));
  FeasibilityGrid grid{
      .title =
          options.family + " in " + memory.name + " of " + std::to_string(memory.bytes) + " bytes",
      .model = "float32, batch 1; " + holds_for_arenas(std::max(common.threads, 1)),
      .widths = options.widths,
      .resolutions = options.resolutions,
      .cells = {}};
  const networks::WeightSource weights = networks::shared_zeros();
  for (const std::int64_t resolution : options.resolutions) {
    for (const double width : options.widths) {
      TILEWRIGHT_TRY(
          const graph::Graph graph,
          networks::build_network(family_of(options.family), {width, resolution}, weights));
      TILEWRIGHT_TRY(const Feasibility found, judge_feasibility(graph, compile, memory.bytes));
      grid.cells.push_back({width, resolution, found});
    }
  }
  return grid;
}

Result<Outcome> judge_family(const CommonOptions& common, const FeasibleOptions& options) {
  if (options.widths.size() * options.resolutions.size() > kMaxCells) {
    return Error{ErrorCode::InvalidArgument,
                 "feasible: expected at most " + std::to_string(kMaxCells) +
                     " widths times resolutions, got " +
                     std::to_string(options.widths.size() * options.resolutions.size())};
  }
  TILEWRIGHT_TRY(const Memory memory, memory_of(options));
  const auto begin = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(const FeasibilityGrid grid, judge_family(common, options, memory));
  Outcome outcome;
  outcome.report = {{"memory", memory.name},     {"memory_bytes", memory.bytes},
                    {"holds_for", grid.model},   {"family", options.family},
                    {"networks", Json::array()}, {"judge_ms", ms_since(begin)}};
  std::size_t fitting = 0, refuted = 0;
  for (const FeasibilityCell& cell : grid.cells) {
    Json row = {{"width", cell.width}, {"resolution", cell.resolution}};
    row.update(verdict_json(cell.found));
    outcome.report["networks"].push_back(std::move(row));
    fitting += cell.found.verdict == Verdict::Fits ? 1 : 0;
    refuted += cell.found.verdict == Verdict::ProvenNotToFit ? 1 : 0;
  }
  outcome.text = heading(memory, grid.model) + draw_table(grid) + "\n" + options.family + ": " +
                 std::to_string(fitting) + " of " + std::to_string(grid.cells.size()) + " fit, " +
                 std::to_string(refuted) + " are proven not to, " +
                 std::to_string(grid.cells.size() - fitting - refuted) + " are open; " +
                 format_number(ms_since(begin), 0) + " ms\n";
  if (!options.svg_file.empty()) {
    const std::string svg = draw_svg(grid);
    TILEWRIGHT_RETURN_IF_ERROR(
        runtime::write_file(options.svg_file, std::as_bytes(std::span(svg))));
  }
  return outcome;
}

Result<Outcome> judge(const CommonOptions& common, const FeasibleOptions& options) {
  if (options.models.empty() == options.family.empty()) {
    return Error{ErrorCode::InvalidArgument,
                 "feasible: expected models or --family, got " +
                     std::string(options.models.empty() ? "neither" : "both")};
  }
  return options.family.empty() ? judge_models(common, options) : judge_family(common, options);
}

void add_family_options(CLI::App& command, FeasibleOptions& options) {
  std::vector<std::string> families;
  for (const networks::Family family : networks::kFamilies)
    families.emplace_back(networks::to_string(family));
  CLI::Option* family =
      command.add_option("--family", options.family, "All networks of a family, float32")
          ->check(one_of(families));
  command.add_option("--width", options.widths, "Widths of the family, separated by commas")
      ->delimiter(',')
      ->check(number(0.01, networks::kMaxWidth))
      ->needs(family);
  command.add_option("--resolution", options.resolutions, "Sides of its images, likewise")
      ->delimiter(',')
      ->check(whole_number(1, networks::kMaxResolution))
      ->needs(family);
  command.add_option("--svg", options.svg_file, "Draw the family there")->needs(family);
}

}  // namespace

void add_feasible(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command =
      app.add_subcommand("feasible", "Says which networks fit into a memory, with a proof");
  command->footer(
      "Exit status 3: a model that was named is proven not to fit.\n"
      "Example: tilewright feasible --device imxrt1170 --family mobilenet_v2 --svg grid.svg");
  auto options = std::make_shared<FeasibleOptions>();
  command->add_option("models", options->models, "Model files")->type_name("MODEL");
  CLI::Option* device =
      command->add_option("--device", options->device, "Device: a profile or a file");
  command->add_option("--bank", options->bank, "Memory of the device; if absent the fastest")
      ->needs(device);
  command
      ->add_option("--memory-limit", options->limit_bytes, "Bytes there are, instead of a device")
      ->check(whole_number(1, std::uint64_t{1} << 60))
      ->excludes(device);
  add_family_options(*command, *options);
  add_model_options(*command, common);
  add_kernel_options(*command, common);
  command->callback(
      [options, &common, &run] { run = [options, &common] { return judge(common, *options); }; });
}

}  // namespace tilewright::tool
