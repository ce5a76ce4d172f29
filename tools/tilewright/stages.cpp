// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/stages.h"

#include <memory>

#include "kernels/op_rules.h"
#include "lib/compilation.h"
#include "lib/graph/model_file.h"
#include "lib/graph/print.h"
#include "lib/import/import.h"
#include "lib/rewrite/rewrite.h"
#include "lib/share_search.h"
#include "runtime/file_io.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

std::string place_of(const Program& program, const ProgramOperand& operand) {
  const std::string& name = program.storages[operand.place.storage].name;
  return operand.place.offset_bytes == 0 ? name
                                         : name + "+" + std::to_string(operand.place.offset_bytes);
}

/// `text` of an op after that of its producers.
std::string joined(const std::string& before, std::string_view text) {
  return before.empty() ? std::string(text) : before + " + " + std::string(text);
}

std::string ops_of(const ProgramOp& op) {
  std::string text;
  for (const ProgramOp& producer : op.producers)
    text = joined(text, kernels::op_name(producer.op));
  return joined(text, kernels::op_name(op.op));
}

std::string kernels_of(const KernelChoice& choice) {
  std::string text;
  for (const KernelChoice& producer : choice.producers)
    text = joined(text, candidate_name(producer));
  text = joined(text, candidate_name(choice));
  if (choice.strip_rows > 0) text += " by strips of " + std::to_string(choice.strip_rows) + " rows";
  return text;
}

std::string threads_of(const runtime::Sharing& sharing) {
  return sharing.threads == 1 ? "" : " on " + sharing_name(sharing);
}

std::string describe(const Compilation& compiled) {
  std::vector<std::vector<std::string>> rows = {{"step", "op", "reads", "writes", "kernel"}};
  for (std::size_t k = 0; k < compiled.solution.order.size(); ++k) {
    const std::size_t i = scheduler::index(compiled.solution.order[k]);
    const ProgramOp& op = compiled.program.ops[i];
    std::string reads;
    for_each_read(op, [&](const ProgramOperand& src) {
      reads += (reads.empty() ? "" : ", ") + place_of(compiled.program, src);
    });
    rows.push_back(
        {op.name, ops_of(op), reads, place_of(compiled.program, op.dst),
         kernels_of(compiled.choices[i]) + threads_of(compiled.plan.flat().steps[k].sharing)});
  }
  return format_table(rows);
}

}  // namespace

Result<std::string> describe_stages(const CommonOptions& common) {
  TILEWRIGHT_TRY(const ModelOptions model_flags, model_options(common));
  TILEWRIGHT_TRY(const runtime::MappedFile file,
                 runtime::map_file(common.model, importer::kMaxModelBytes));
  if (graph::is_model_file(file.bytes)) {
    return Error{ErrorCode::InvalidArgument,
                 "--stages: expected a .tflite or .onnx file, got a rewritten model"};
  }
  TILEWRIGHT_TRY(
      graph::Graph imported,
      importer::import_model(file.bytes, {model_flags.shapes, importer::folder_of(common.model)}));
  std::string text = "imported\n\n" + graph::print(imported) + "\nrewritten by";
  const RewriteObserver observer{[](void* user, std::string_view pass, const graph::Graph&) {
                                   *static_cast<std::string*>(user) += " " + std::string(pass);
                                 },
                                 &text};
  TILEWRIGHT_TRY(graph::Graph rewritten,
                 rewrite(std::move(imported), {.observers = {&observer, 1}}));
  text += "\n\n" + graph::print(rewritten);
  const Model model(std::make_shared<const graph::Graph>(std::move(rewritten)));
  TILEWRIGHT_TRY(const CompileOptions options, compile_options(common));
  TILEWRIGHT_TRY(const Compilation compiled, compile_model(common, model, options));
  return text + "\nsteps in the planned order\n\n" + describe(compiled);
}

}  // namespace tilewright::tool
