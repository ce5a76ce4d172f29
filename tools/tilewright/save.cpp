// SPDX-License-Identifier: Apache-2.0
// `tilewright compile` and `tilewright convert`: a plan for this CPU, or a model that needs no
// importer.
#include <memory>

#include "tools/tilewright/command.h"
#include "tools/tilewright/input_file.h"

namespace tilewright::tool {
namespace {

Outcome saved(const std::string& file, const std::string& what) {
  return {what + " written to " + file + "\n", {{"output", file}}, kExitDone};
}

}  // namespace

void add_compile(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command =
      add_command(app, common, "compile", "Compiles a model to a plan for this CPU",
                  "tilewright compile model.tflite -o model.plan --cache tune.json");
  auto output = std::make_shared<std::string>();
  command->add_option("-o,--output", *output, "Plan file to write")->required();
  add_plan_options(*command, common);
  auto flags = std::make_shared<TrafficFlags>();
  add_traffic_options(*command, *flags);
  command->callback([&, output, flags] {
    run = [&common, output, flags]() -> Result<Outcome> {
      TILEWRIGHT_TRY(const Model model, load_model(common));
      TILEWRIGHT_TRY(const CompileOptions options, compile_options(common, *flags));
      TILEWRIGHT_TRY(const Compilation compilation, compile_model(common, model, options));
      TILEWRIGHT_RETURN_IF_ERROR(compilation.plan.save(*output));
      return saved(*output, "plan");
    };
  });
}

void add_convert(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command =
      add_command(app, common, "convert", "Saves a model in the form that needs no importer",
                  "tilewright convert model.onnx -o model.tw");
  auto output = std::make_shared<std::string>();
  command->add_option("-o,--output", *output, "Model file to write")->required();
  command->callback([&, output] {
    run = [&common, output]() -> Result<Outcome> {
      TILEWRIGHT_TRY(const Model model, load_model(common));
      TILEWRIGHT_RETURN_IF_ERROR(model.save(*output));
      return saved(*output, "model");
    };
  });
}

}  // namespace tilewright::tool
