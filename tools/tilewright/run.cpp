// SPDX-License-Identifier: Apache-2.0
// `tilewright run`: one inference on .npy files.
#include <cctype>
#include <filesystem>
#include <memory>

#include "runtime/file_io.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/npy.h"
#include "tools/tilewright/option_values.h"
#include "tools/tilewright/traffic_options.h"

namespace tilewright::tool {
namespace {

struct RunArguments {
  std::vector<std::string> inputs;  // NAME=F.npy
  std::string output_dir;
  TrafficFlags traffic;
};

Result<std::vector<NpyArray>> read_inputs(const std::vector<TensorSpec>& specs,
                                          const std::vector<std::string>& given) {
  std::vector<NpyArray> arrays(specs.size());
  std::vector<bool> is_given(specs.size(), false);
  for (const std::string& text : given) {
    const std::size_t equals = text.rfind('=');
    TILEWRIGHT_TRY(const std::size_t index, find_input(specs, text.substr(0, equals), "--input"));
    if (is_given[index]) {
      return Error{ErrorCode::InvalidArgument,
                   "--input: expected '" + specs[index].name + "' once, got it twice"};
    }
    TILEWRIGHT_TRY(arrays[index], read_npy(text.substr(equals + 1)));
    is_given[index] = true;
    if (arrays[index].dtype != specs[index].dtype || arrays[index].shape != specs[index].shape) {
      const TensorSpec got{"", arrays[index].dtype, arrays[index].shape, {}};
      return Error{ErrorCode::InvalidArgument, "--input '" + specs[index].name + "': expected " +
                                                   to_string(specs[index]) + ", got " +
                                                   to_string(got)};
    }
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (!is_given[i]) {
      return Error{ErrorCode::InvalidArgument, "--input: expected '" + specs[i].name + "' (" +
                                                   to_string(specs[i]) + "), got none"};
    }
  }
  return arrays;
}

/// Creates a folder and those above it.
Status make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return ok();
  return Error{ErrorCode::IoError, "create folder '" + path + "': " + error.message()};
}

/// `0_probs.npy`: the index makes it unique, everything but letters, digits, dot, dash and
/// underscore becomes one.
std::string file_name(std::size_t index, const std::string& name) {
  constexpr std::size_t kMaxNameBytes = 100;
  std::string text = std::to_string(index) + "_";
  for (const char c : name.substr(0, kMaxNameBytes)) {
    const bool keeps =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
    text += keeps ? c : '_';
  }
  return text + ".npy";
}

Result<Json> write_outputs(const Session& session, const Plan& plan, const std::string& folder) {
  TILEWRIGHT_RETURN_IF_ERROR(make_folders(folder));
  Json list = Json::array();
  const std::vector<TensorSpec> specs = plan.outputs();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::string file = file_name(i, specs[i].name);
    TILEWRIGHT_RETURN_IF_ERROR(write_npy(folder + "/" + file, session.output(i)));
    Json entry = to_json(specs[i]);
    entry["file"] = file;
    list.push_back(entry);
  }
  const std::string text =
      Json{{"outputs", list}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  TILEWRIGHT_RETURN_IF_ERROR(
      runtime::write_file(folder + "/outputs.json", std::as_bytes(std::span(text))));
  return list;
}

Result<Outcome> run_model(const CommonOptions& common, const RunArguments& arguments) {
  Json timings;
  TILEWRIGHT_TRY(const Plan plan, load_plan(common, arguments.traffic, timings));
  TILEWRIGHT_TRY(const std::vector<NpyArray> inputs, read_inputs(plan.inputs(), arguments.inputs));
  TILEWRIGHT_TRY(Session session, Session::create(plan, {.threads = common.threads}));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::copy(inputs[i].bytes.begin(), inputs[i].bytes.end(), session.input(i).data);
  }
  const std::vector<BankTraffic> before = session.traffic();
  const auto begin = std::chrono::steady_clock::now();
  TILEWRIGHT_RETURN_IF_ERROR(session.run());
  timings["run_ms"] = ms_since(begin);
  TILEWRIGHT_TRY(const Json outputs, write_outputs(session, plan, arguments.output_dir));
  Outcome outcome;
  outcome.report = timings;
  outcome.report["output_dir"] = arguments.output_dir;
  outcome.report["outputs"] = outputs;
  if (!before.empty()) {
    outcome.report["banks"] = measured_banks(session, before);
    outcome.text += describe_banks(outcome.report["banks"]);
  }
  for (const Json& output : outputs) {
    outcome.text += arguments.output_dir + "/" + output["file"].get<std::string>() + "\n";
  }
  return outcome;
}

}  // namespace

void add_run(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command =
      add_command(app, common, "run", "Runs a model, saved model or plan once on .npy files",
                  "tilewright run model.tflite --input x=x.npy --output-dir out");
  add_plan_options(*command, common);
  auto arguments = std::make_shared<RunArguments>();
  command
      ->add_option("--input", arguments->inputs,
                   "An input by name or index; all are needed; repeatable")
      ->type_name("NAME=FILE.npy")
      ->allow_extra_args(false)
      ->check(input_file_name());
  command
      ->add_option("--output-dir", arguments->output_dir, "Folder for the outputs, made if missing")
      ->required();
  add_traffic_options(*command, arguments->traffic);
  command->callback(
      [&, arguments] { run = [&common, arguments] { return run_model(common, *arguments); }; });
}

}  // namespace tilewright::tool
