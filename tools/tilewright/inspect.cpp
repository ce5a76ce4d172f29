// SPDX-License-Identifier: Apache-2.0
// `tilewright inspect`: what a model is, and whether it runs here.
#include <memory>

#include "kernels/op_rules.h"
#include "lib/graph/graph.h"
#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/stages.h"

namespace tilewright::tool {
namespace {

/// An op that only moves data, and the bytes it writes.
struct Copy {
  std::string name;
  std::int64_t bytes = 0;
};

struct Inspection {
  std::vector<std::string> reasons;  // why it does not run; empty if it does
  std::vector<TensorSpec> inputs, outputs;
  std::int64_t ops = 0, macs = 0, weight_bytes = 0;
  std::vector<Copy> copies;
};

Result<Inspection> inspect(const CommonOptions& common) {
  Inspection found;
  const Result<Model> model = load_model(common);
  if (!model && model.error().code == ErrorCode::Unsupported) {
    found.reasons.push_back(model.error().message);
    return found;
  }
  if (!model) return model.error();
  TILEWRIGHT_TRY(const CompileOptions options, compile_options(common));
  found.inputs = model->inputs();
  found.outputs = model->outputs();
  for (const graph::Value& value : model->graph().values) {
    if (value.constant)
      found.weight_bytes += static_cast<std::int64_t>(value.constant->bytes.size());
  }
  const Program program = lower(model->graph());
  const runtime::IsaMask isas = runtime::isas_up_to(options.isa.value_or(runtime::best_isa()));
  found.ops = static_cast<std::int64_t>(program.ops.size());
  for (const ProgramOp& op : program.ops) {
    found.macs += kernels::macs(op.op, src_specs(op), op.dst.spec);
    if (is_copy(op)) found.copies.push_back({op.name, op.dst.spec.size_bytes()});
    const auto candidates = kernel_candidates(op, isas, {});
    if (!candidates) found.reasons.push_back(candidates.error().message);
  }
  return found;
}

std::string describe(const char* title, const std::vector<TensorSpec>& specs) {
  std::string text;
  for (const TensorSpec& spec : specs)
    text += std::string(title) + spec.name + "  " + to_string(spec) + "\n";
  return text;
}

Outcome report(const Inspection& found) {
  Outcome outcome;
  Json copies = Json::array();
  for (const Copy& copy : found.copies)
    copies.push_back({{"name", copy.name}, {"bytes", copy.bytes}});
  outcome.report = {{"runnable", found.reasons.empty()},
                    {"reasons", found.reasons},
                    {"inputs", to_json(found.inputs)},
                    {"outputs", to_json(found.outputs)},
                    {"ops", found.ops},
                    {"macs", found.macs},
                    {"weight_bytes", found.weight_bytes},
                    {"copies", found.copies.size()},
                    {"copied", std::move(copies)}};
  outcome.text = std::string("runnable      ") + (found.reasons.empty() ? "yes" : "no") + "\n";
  for (const std::string& reason : found.reasons)
    outcome.text += "  because     " + reason + "\n";
  outcome.text +=
      describe("input         ", found.inputs) + describe("output        ", found.outputs);
  outcome.text += "ops           " + std::to_string(found.ops) + ", of which copies " +
                  std::to_string(found.copies.size()) + "\n";
  for (const Copy& copy : found.copies)
    outcome.text += "  copy        " + copy.name + "  " + std::to_string(copy.bytes) + " bytes\n";
  outcome.text += "macs          " + std::to_string(found.macs) + "\nweight bytes  " +
                  std::to_string(found.weight_bytes) + "\n";
  return outcome;
}

}  // namespace

void add_inspect(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command =
      add_command(app, common, "inspect", "Says what a model is and whether it runs here",
                  "tilewright inspect model.onnx --shape x=1x3x48x320");
  auto stages = std::make_shared<bool>(false);
  CLI::Option* const prints_stages = command->add_flag(
      "--stages", *stages, "Prints the graph as imported and rewritten, and its steps");
  add_plan_options(*command, common);
  for (const char* name :
       {"--threads", "--exact-arithmetic", "--cache", "--fusion", "--memory-limit"})
    command->get_option(name)->needs(prints_stages)->group("Of the steps that --stages prints");
  command->callback([&, stages] {
    run = [&common, stages]() -> Result<Outcome> {
      TILEWRIGHT_TRY(const Inspection found, inspect(common));
      Outcome outcome = report(found);
      if (!*stages || !found.reasons.empty()) return outcome;
      TILEWRIGHT_TRY(const std::string text, describe_stages(common));
      outcome.text += "\n" + text;
      return outcome;
    };
  });
}

}  // namespace tilewright::tool
