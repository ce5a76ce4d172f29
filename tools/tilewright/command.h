// SPDX-License-Identifier: Apache-2.0
// What every subcommand is made of: options it adds to the command line, and a function that runs
// it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tilewright/tilewright.h"

namespace tilewright::tool {

// Ordered, so that reports read as they were written.
using Json = nlohmann::ordered_json;

// Exit statuses.
inline constexpr int kExitDone = 0;
inline constexpr int kExitBadInput = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitProvenOrFailed = 3;  // proven infeasible, or a check that failed

/// What a command gives back: text for people, a report for programs.
struct Outcome {
  std::string text;
  Json report;
  int exit_status = kExitDone;
};

using Run = std::function<Result<Outcome>()>;

/// Options that most commands share.
struct CommonOptions {
  std::string model;
  std::vector<std::string> shapes;  // NAME=1x3x48x320
  std::int32_t threads = 1;
  std::string isa;
  std::string cache_file;
  std::string json_file;
};

/// A command: adds itself to `app` and leaves in `run` what to do when it is named. `common`
/// outlives both.
using AddCommand = void (*)(CLI::App& app, CommonOptions& common, Run& run);

void add_inspect(CLI::App& app, CommonOptions& common, Run& run);
void add_compile(CLI::App& app, CommonOptions& common, Run& run);
void add_convert(CLI::App& app, CommonOptions& common, Run& run);
void add_plan(CLI::App& app, CommonOptions& common, Run& run);
void add_tune(CLI::App& app, CommonOptions& common, Run& run);
void add_run(CLI::App& app, CommonOptions& common, Run& run);
void add_bench(CLI::App& app, CommonOptions& common, Run& run);
void add_check(CLI::App& app, CommonOptions& common, Run& run);

/// Adds `name` with the shared options, its model argument and an example below the help text.
CLI::App* add_command(CLI::App& app, CommonOptions& common, const std::string& name,
                      const std::string& description, const std::string& example);

/// `--shape` values. Errors: InvalidArgument, "--shape 'x=1x': expected NAME=1x3x48x320, got ...".
[[nodiscard]] Result<ModelOptions> model_options(const CommonOptions& common);
/// Everything of `common` that concerns compiling. Errors: InvalidArgument, for an unknown
/// instruction set.
[[nodiscard]] Result<CompileOptions> compile_options(const CommonOptions& common);
/// Loads `common.model` of any format.
[[nodiscard]] Result<Model> load_model(const CommonOptions& common);
/// Loads a saved plan, or loads and compiles a model. `load_ms` and `compile_ms` are added to
/// `timings`.
[[nodiscard]] Result<Plan> load_plan(const CommonOptions& common, Json& timings);

/// `method` as in `--method`. Errors: InvalidArgument, with the names there are.
[[nodiscard]] Result<TuningMethod> parse_method(const std::string& name);

/// A spec as `{"name", "dtype", "shape"}`.
[[nodiscard]] Json to_json(const TensorSpec& spec);
[[nodiscard]] Json to_json(const std::vector<TensorSpec>& specs);

/// Milliseconds since `begin`.
[[nodiscard]] double ms_since(std::chrono::steady_clock::time_point begin);

}  // namespace tilewright::tool
