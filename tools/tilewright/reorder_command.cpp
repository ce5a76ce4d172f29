// SPDX-License-Identifier: Apache-2.0
// `tilewright reorder`: the same model file with its ops in the order of least peak memory.
#include <memory>
#include <span>

#include "lib/import/import.h"
#include "lib/reorder.h"
#include "runtime/file_io.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/option_values.h"
#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

struct ReorderArguments {
  std::string output;
  bool offline_plan = false;
};

std::string model_text(const Reordered& found) {
  return "the file's own op list: each tensor by itself, rounded up to " +
         std::to_string(found.alignment_bytes) +
         " bytes, nothing in place, no views, no scratch, no weights";
}

std::string order_text(const Reordered& found) {
  if (found.moved_ops > 0) {
    return std::to_string(found.moved_ops) + " of " + std::to_string(found.ops) +
           " ops stand elsewhere\n";
  }
  if (found.peak_after_bytes == found.peak_lower_bound_bytes) {
    return "the order of the file is kept: no order needs less, as is common for mobile networks\n";
  }
  return "the order of the file is kept: no better one was found\n";
}

Outcome describe(const Reordered& found, const std::string& output) {
  const auto bytes = [](std::int64_t value) { return std::to_string(value); };
  std::vector<std::vector<std::string>> rows = {
      {"", "before", "after", "at least"},
      {"peak bytes", bytes(found.peak_before_bytes), bytes(found.peak_after_bytes),
       bytes(found.peak_lower_bound_bytes)}};
  Outcome outcome;
  outcome.report = {{"output", output},
                    {"holds_for", model_text(found)},
                    {"ops", found.ops},
                    {"moved_ops", found.moved_ops},
                    {"peak_before_bytes", found.peak_before_bytes},
                    {"peak_after_bytes", found.peak_after_bytes},
                    {"peak_lower_bound_bytes", found.peak_lower_bound_bytes},
                    {"order_status", scheduler::to_string(found.status)}};
  if (found.offline_plan) {
    rows.push_back({"arena bytes", bytes(found.offline_plan->greedy_before_bytes),
                    bytes(found.offline_plan->arena_bytes),
                    bytes(found.offline_plan->lower_bound_bytes)});
    outcome.report["offline_plan"] = {
        {"arena_bytes", found.offline_plan->arena_bytes},
        {"lower_bound_bytes", found.offline_plan->lower_bound_bytes},
        {"greedy_before_bytes", found.offline_plan->greedy_before_bytes}};
  }
  outcome.text = "model: " + model_text(found) + "\n\n" + format_table(rows) + "\n" +
                 order_text(found) + "written to " + output + "\n";
  return outcome;
}

Result<Outcome> reorder(const CommonOptions& common, const ReorderArguments& arguments) {
  TILEWRIGHT_TRY(const runtime::MappedFile file,
                 runtime::map_file(common.model, importer::kMaxModelBytes));
  TILEWRIGHT_TRY(const ModelOptions shapes, model_options(common));
  const Result<Reordered> found =
      reorder_model(file.bytes, {.shapes = shapes.shapes,
                                 .folder = importer::folder_of(common.model),
                                 .offline_plan = arguments.offline_plan});
  if (!found) return in_file(common.model, found.error());
  TILEWRIGHT_RETURN_IF_ERROR(runtime::write_file(arguments.output, found->bytes));
  return describe(*found, arguments.output);
}

}  // namespace

void add_reorder(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command = app.add_subcommand(
      "reorder", "Writes a model file again, its ops in the order of least peak memory");
  command->footer(
      "Promises no gain: most mobile networks already stand in a best order, and it says so.\n"
      "Example: tilewright reorder model.tflite -o smaller.tflite --offline-plan");
  auto arguments = std::make_shared<ReorderArguments>();
  command->add_option("model", common.model, "Model file: .tflite or .onnx")
      ->required()
      ->type_name("MODEL");
  command->add_option("-o,--output", arguments->output, "Model file to write")->required();
  command->add_flag("--offline-plan", arguments->offline_plan,
                    "Write addresses of the activations for TFLM into a .tflite file");
  command
      ->add_option("--shape", common.shapes,
                   "Shape of an input an .onnx file leaves free: NAME=1x3x48x320; repeatable")
      ->type_name("NAME=SHAPE")
      ->allow_extra_args(false)
      ->check(input_shape());
  command->add_option("--json", common.json_file,
                      "Write a report there; - for standard output alone");
  command->callback([arguments, &common, &run] {
    run = [arguments, &common] { return reorder(common, *arguments); };
  });
}

}  // namespace tilewright::tool
