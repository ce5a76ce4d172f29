// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/input_file.h"

#include <charconv>

#include "lib/graph/model_file.h"
#include "lib/import/import.h"
#include "runtime/cpu_features.h"
#include "runtime/file_io.h"
#include "runtime/flat_plan.h"
#include "runtime/plan_file.h"
#include "tools/tilewright/option_values.h"

namespace tilewright::tool {
namespace {

enum class FileKind : std::uint8_t { Plan, SavedModel, Other };

Result<FileKind> kind_of(const std::string& path) {
  TILEWRIGHT_TRY(const runtime::MappedFile file, runtime::map_file(path, importer::kMaxModelBytes));
  if (runtime::is_plan_file(file.bytes)) return FileKind::Plan;
  return graph::is_model_file(file.bytes) ? FileKind::SavedModel : FileKind::Other;
}

/// Shapes of saved files are fixed: they may be repeated, not changed.
Status check_shapes(const CommonOptions& common, const std::vector<TensorSpec>& inputs) {
  TILEWRIGHT_TRY(const ModelOptions options, model_options(common));
  for (const InputShape& given : options.shapes) {
    TILEWRIGHT_TRY(const std::size_t index, find_input(inputs, given.name, "--shape"));
    if (given.shape == inputs[index].shape) continue;
    return Error{ErrorCode::InvalidArgument, "--shape '" + inputs[index].name + "': expected " +
                                                 to_string(inputs[index].shape) + ", got " +
                                                 to_string(given.shape)};
  }
  return ok();
}

/// The kernels of a plan are chosen: `--isa` can only hold it to a limit.
Status check_isa(const CommonOptions& common, const Plan& plan) {
  TILEWRIGHT_TRY(const CompileOptions options, compile_options(common));
  if (!options.isa) return ok();
  const runtime::IsaMask allowed = runtime::isas_up_to(*options.isa);
  const auto check_step = [&](const runtime::Step& step) -> Status {
    if ((allowed & runtime::bit(step.kernel->isa)) != 0) return ok();
    return Error{ErrorCode::InvalidArgument,
                 std::string("--isa: expected a plan for ") + to_string(*options.isa) +
                     ", got step '" + step.name + "' for " + to_string(step.kernel->isa)};
  };
  for (const runtime::Step& step : plan.flat().steps) {
    TILEWRIGHT_RETURN_IF_ERROR(check_step(step));
    for (const runtime::Step& producer : step.producers)
      TILEWRIGHT_RETURN_IF_ERROR(check_step(producer));
  }
  return ok();
}

/// The memory of a plan is settled, too.
Status check_limit(const CommonOptions& common, const Plan& plan) {
  const std::int64_t arena_bytes = plan.requirements().arena_bytes;
  if (common.memory_limit_bytes == 0 || arena_bytes <= common.memory_limit_bytes) return ok();
  return Error{ErrorCode::InvalidArgument, "--memory-limit: expected a plan within " +
                                               std::to_string(common.memory_limit_bytes) +
                                               " bytes, got one of " + std::to_string(arena_bytes)};
}

Result<Plan> open_plan(const CommonOptions& common) {
  TILEWRIGHT_TRY(Plan plan, Plan::load(common.model));
  TILEWRIGHT_RETURN_IF_ERROR(check_shapes(common, plan.inputs()));
  TILEWRIGHT_RETURN_IF_ERROR(check_isa(common, plan));
  TILEWRIGHT_RETURN_IF_ERROR(check_limit(common, plan));
  return plan;
}

Result<Model> open_model(const CommonOptions& common) {
  TILEWRIGHT_TRY(const FileKind kind, kind_of(common.model));
  if (kind == FileKind::Plan) {
    return Error{ErrorCode::InvalidArgument,
                 "expected a model, got a plan, whose kernels and memory are settled"};
  }
  TILEWRIGHT_TRY(const ModelOptions options, model_options(common));
  TILEWRIGHT_TRY(Model model, Model::load(common.model, options));
  if (kind == FileKind::SavedModel) {
    TILEWRIGHT_RETURN_IF_ERROR(check_shapes(common, model.inputs()));
  }
  return model;
}

Result<Plan> open_or_compile(const CommonOptions& common, const TrafficFlags& flags,
                             Json& timings) {
  auto begin = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(const FileKind kind, kind_of(common.model));
  if (kind == FileKind::Plan) {
    if (flags.any() || flags.says_how()) {
      return Error{ErrorCode::InvalidArgument,
                   "--tcm, --device and their like: expected a model, got a plan, which has its "
                   "memories"};
    }
    TILEWRIGHT_RETURN_IF_ERROR(
        refuse_choices(common, "a plan, whose kernels and groups of ops are chosen"));
    TILEWRIGHT_TRY(Plan plan, open_plan(common));
    timings["load_ms"] = ms_since(begin);
    timings["compile_ms"] = 0.0;
    return plan;
  }
  TILEWRIGHT_TRY(const Model model, open_model(common));
  timings["load_ms"] = ms_since(begin);
  begin = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(const CompileOptions options, compile_options(common, flags));
  TILEWRIGHT_TRY(Plan plan, compile(model, options));
  timings["compile_ms"] = ms_since(begin);
  return plan;
}

}  // namespace

Error in_file(const std::string& path, Error error) {
  if (error.message.find("'" + path + "'") == std::string::npos) {
    error.message.insert(0, path + ": ");
  }
  return error;
}

Result<Model> load_model(const CommonOptions& common) {
  Result<Model> model = open_model(common);
  if (!model) return in_file(common.model, model.error());
  return model;
}

Result<Compilation> compile_model(const CommonOptions& common, const Model& model,
                                  const CompileOptions& options) {
  Result<Compilation> compilation = compile_in_detail(model, options);
  if (!compilation) return in_file(common.model, compilation.error());
  return compilation;
}

Result<Plan> load_plan(const CommonOptions& common, const TrafficFlags& flags, Json& timings) {
  Result<Plan> plan = open_or_compile(common, flags, timings);
  if (!plan) return in_file(common.model, plan.error());
  return plan;
}

Result<std::size_t> find_input(const std::vector<TensorSpec>& inputs, const std::string& name,
                               const std::string& flag) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].name == name) return i;
  }
  std::size_t index = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error == std::errc() && stop == name.data() + name.size() && index < inputs.size())
    return index;
  std::string names;
  for (const TensorSpec& spec : inputs)
    names += (names.empty() ? "'" : ", '") + spec.name + "'";
  return Error{ErrorCode::InvalidArgument,
               flag + ": expected one of " + names + " or its index, got '" + name + "'"};
}

}  // namespace tilewright::tool
