// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/command.h"

#include <charconv>

#include "runtime/file_io.h"
#include "runtime/plan_file.h"

namespace tilewright::tool {
namespace {

Error bad_shape(const std::string& text) {
  return Error{ErrorCode::InvalidArgument, "--shape '" + text + "': expected NAME=1x3x48x320"};
}

Result<InputShape> parse_shape(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return bad_shape(text);
  std::vector<std::int64_t> dims;
  const char* at = text.data() + equals + 1;
  const char* const end = text.data() + text.size();
  for (;;) {
    std::int64_t dim = 0;
    const auto [stop, error] = std::from_chars(at, end, dim);
    if (error != std::errc() || dim < 1 || dims.size() == kMaxRank) return bad_shape(text);
    dims.push_back(dim);
    if (stop == end) break;
    if (*stop != 'x') return bad_shape(text);
    at = stop + 1;
  }
  const Shape shape{std::span<const std::int64_t>(dims)};
  TILEWRIGHT_RETURN_IF_ERROR(check_shape(shape));
  return InputShape{text.substr(0, equals), shape};
}

Result<Isa> parse_isa(const std::string& name) {
  std::string names;
  for (const Isa isa :
       {Isa::Portable, Isa::X86Baseline, Isa::X86Avx2, Isa::X86Avx512, Isa::Arm64Neon}) {
    if (name == to_string(isa)) return isa;
    names += std::string(names.empty() ? "" : ", ") + to_string(isa);
  }
  return Error{ErrorCode::InvalidArgument,
               "--isa: expected one of " + names + ", got '" + name + "'"};
}

}  // namespace

CLI::App* add_command(CLI::App& app, CommonOptions& common, const std::string& name,
                      const std::string& description, const std::string& example) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer("Example: " + example);
  command->add_option("model", common.model, "Model file")->required()->type_name("MODEL");
  command
      ->add_option("--shape", common.shapes,
                   "Shape of an input the file leaves free: NAME=1x3x48x320; repeatable")
      ->type_name("NAME=SHAPE");
  command->add_option("--threads", common.threads, "Threads of inference")->capture_default_str();
  command->add_option("--isa", common.isa,
                      "Highest instruction set to use: portable, baseline, avx2, avx512, neon");
  command->add_option("--cache", common.cache_file,
                      "Tuning cache to read, and to write after tuning");
  command->add_option("--json", common.json_file,
                      "Write a report there; - for standard output alone");
  return command;
}

Result<ModelOptions> model_options(const CommonOptions& common) {
  ModelOptions options;
  for (const std::string& text : common.shapes) {
    TILEWRIGHT_TRY(InputShape shape, parse_shape(text));
    options.shapes.push_back(std::move(shape));
  }
  return options;
}

Result<CompileOptions> compile_options(const CommonOptions& common) {
  CompileOptions options;
  options.threads = common.threads;
  options.tuning.cache_file = common.cache_file;
  if (!common.isa.empty()) {
    TILEWRIGHT_TRY(const Isa isa, parse_isa(common.isa));
    options.isa = isa;
  }
  return options;
}

Result<Model> load_model(const CommonOptions& common) {
  TILEWRIGHT_TRY(const ModelOptions options, model_options(common));
  return Model::load(common.model, options);
}

Result<Plan> load_plan(const CommonOptions& common, Json& timings) {
  auto begin = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(const runtime::MappedFile file,
                 runtime::map_file(common.model, std::int64_t{1} << 36));
  if (runtime::is_plan_file(file.bytes)) {
    TILEWRIGHT_TRY(Plan plan, Plan::load(common.model));
    timings["load_ms"] = ms_since(begin);
    timings["compile_ms"] = 0.0;
    return plan;
  }
  TILEWRIGHT_TRY(const Model model, load_model(common));
  timings["load_ms"] = ms_since(begin);
  begin = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(const CompileOptions options, compile_options(common));
  TILEWRIGHT_TRY(Plan plan, compile(model, options));
  timings["compile_ms"] = ms_since(begin);
  return plan;
}

Result<TuningMethod> parse_method(const std::string& name) {
  if (name == "gp") return TuningMethod::Gp;
  if (name == "halving") return TuningMethod::Halving;
  if (name == "random") return TuningMethod::Random;
  if (name == "exhaustive") return TuningMethod::Exhaustive;
  return Error{ErrorCode::InvalidArgument,
               "--method: expected gp, halving, random or exhaustive, got '" + name + "'"};
}

Json to_json(const TensorSpec& spec) {
  return {{"name", spec.name},
          {"dtype", to_string(spec.dtype)},
          {"shape", std::vector<std::int64_t>(spec.shape.dims().begin(), spec.shape.dims().end())}};
}

Json to_json(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs)
    list.push_back(to_json(spec));
  return list;
}

double ms_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

}  // namespace tilewright::tool
