// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/command.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "lib/compilation.h"
#include "tools/tilewright/option_values.h"

namespace tilewright::tool {
namespace {

void log_warning(void* /*user*/, Severity severity, std::string_view message) {
  if (severity == Severity::Warning) print_message("warning: " + std::string(message));
}

}  // namespace

void add_model_options(CLI::App& command, CommonOptions& common) {
  command
      .add_option("--shape", common.shapes,
                  "Shape of an input the file leaves free: NAME=1x3x48x320; repeatable")
      ->type_name("NAME=SHAPE")
      ->allow_extra_args(false)
      ->check(input_shape());
  command.add_option("--json", common.json_file,
                     "Write a report there; - for standard output alone");
}

void add_machine_options(CLI::App& command, CommonOptions& common) {
  command
      .add_option("--threads", common.threads,
                  "Threads of inference; if absent 1, or as many as a plan was made for")
      ->transform(whole_number(1, kMaxThreads));
  const std::vector<std::string> isas = isa_names();
  command
      .add_option("--isa", common.isa,
                  "Highest instruction set to use: " + CLI::detail::join(isas, ", "))
      ->check(one_of(isas));
}

void add_kernel_options(CLI::App& command, CommonOptions& common, CacheUse use) {
  add_machine_options(command, common);
  command.add_flag("--exact-arithmetic", common.exact_arithmetic,
                   "No kernels with fewer multiplications than the op has, such as Winograd's");
  command.add_option("--cache", common.cache_file,
                     use == CacheUse::Read ? "Tuning cache to read"
                                           : "Tuning cache to read, and to write after tuning");
}

void add_fusion(CLI::App& command, CommonOptions& common) {
  command
      .add_option(
          "--fusion", common.fusion,
          "Chains of ops as one step, strip by strip: off, auto (where it is measured to be "
          "faster, or to cost no time and need less memory, or a memory limit demands it), memory "
          "(where it lowers the peak)")
      ->check(one_of({"off", "auto", "memory"}))
      ->default_str("auto");
}

void add_plan_options(CLI::App& command, CommonOptions& common, CacheUse use) {
  add_kernel_options(command, common, use);
  add_fusion(command, common);
  command
      .add_option("--memory-limit", common.memory_limit_bytes,
                  "Bytes the arena may take: kernels and strips are chosen to fit")
      ->transform(whole_number(1, std::uint64_t{1} << 60));
}

CLI::App* add_command(CLI::App& app, CommonOptions& common, const std::string& name,
                      const std::string& description, const std::string& example) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer("Example: " + example);
  command->set_version_flag("--version", kVersion);
  command->add_option("model", common.model, "Model file")->required()->type_name("MODEL");
  add_model_options(*command, common);
  return command;
}

Status refuse_flags(std::initializer_list<Flag> flags, const std::string& got) {
  for (const auto& [is_given, name] : flags) {
    if (!is_given) continue;
    return Error{ErrorCode::InvalidArgument, std::string(name) + ": expected a model, got " + got};
  }
  return ok();
}

Status refuse_choices(const CommonOptions& common, const std::string& got) {
  return refuse_flags({{!common.fusion.empty(), "--fusion"},
                       {!common.cache_file.empty(), "--cache"},
                       {common.exact_arithmetic, "--exact-arithmetic"}},
                      got);
}

void warn_if_not_kept(const CommonOptions& common) {
  if (common.cache_file.empty())
    print_message("warning: --cache: expected a file for what tuning finds, got none: not kept");
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
  options.threads = std::max(common.threads, 1);
  options.tuning.cache_file = common.cache_file;
  options.log.write = log_warning;
  options.exact_arithmetic = common.exact_arithmetic;
  if (common.memory_limit_bytes > 0) options.memory_limit_bytes = common.memory_limit_bytes;
  if (common.fusion == "off") options.fusion = Fusion::Off;
  if (common.fusion == "memory") options.fusion = Fusion::Memory;
  if (!common.isa.empty()) options.isa = parse_isa(common.isa);
  TILEWRIGHT_RETURN_IF_ERROR(check_compile_options(options));
  return options;
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

std::string printable(std::string text, char kept) {
  for (char& c : text) {
    if (std::iscntrl(static_cast<unsigned char>(c)) != 0 && c != kept) c = '?';
  }
  return text;
}

void print_message(const std::string& message) {
  std::fprintf(stderr, "tilewright: %s\n", printable(message).c_str());
}

double ms_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

}  // namespace tilewright::tool
