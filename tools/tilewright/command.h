// SPDX-License-Identifier: Apache-2.0
// What every subcommand is made of: options it adds to the command line, and a function that runs
// it.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
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

inline constexpr char kVersion[] = "tilewright " TILEWRIGHT_VERSION;

using Run = std::function<Result<Outcome>()>;

/// Options that most commands share.
struct CommonOptions {
  std::string model;
  std::vector<std::string> shapes;  // NAME=1x3x48x320
  std::int32_t threads = 0;         // 0: 1 for a model, as many as it was made for for a plan
  std::string isa;
  bool exact_arithmetic = false;
  std::string fusion;                   // empty: auto
  std::int64_t memory_limit_bytes = 0;  // 0: none
  std::string cache_file;
  std::string json_file;
};

/// A command: adds itself to `app` and leaves in `run` what to do when it is named. `common`
/// outlives both.
using AddCommand = void (*)(CLI::App& app, CommonOptions& common, Run& run);

void add_arena(CLI::App& app, CommonOptions& common, Run& run);
void add_inspect(CLI::App& app, CommonOptions& common, Run& run);
void add_compile(CLI::App& app, CommonOptions& common, Run& run);
void add_convert(CLI::App& app, CommonOptions& common, Run& run);
void add_feasible(CLI::App& app, CommonOptions& common, Run& run);
void add_plan(CLI::App& app, CommonOptions& common, Run& run);
void add_tune(CLI::App& app, CommonOptions& common, Run& run);
void add_record(CLI::App& app, CommonOptions& common, Run& run);
void add_reorder(CLI::App& app, CommonOptions& common, Run& run);
void add_run(CLI::App& app, CommonOptions& common, Run& run);
void add_bench(CLI::App& app, CommonOptions& common, Run& run);
void add_check(CLI::App& app, CommonOptions& common, Run& run);

/// Adds `name` with its model argument, `--shape`, `--json` and an example below the help text.
CLI::App* add_command(CLI::App& app, CommonOptions& common, const std::string& name,
                      const std::string& description, const std::string& example);

// A command offers the options that it heeds and no others.

/// `--shape` and `--json`.
void add_model_options(CLI::App& command, CommonOptions& common);
/// `--threads` and `--isa`.
void add_machine_options(CLI::App& command, CommonOptions& common);
/// These, `--exact-arithmetic` and `--cache`, which `tune` and `bench` write.
enum class CacheUse : std::uint8_t { Read, Write };
void add_kernel_options(CLI::App& command, CommonOptions& common, CacheUse use = CacheUse::Read);
/// `--fusion`.
void add_fusion(CLI::App& command, CommonOptions& common);
/// Those of kernels, `--fusion` and `--memory-limit`.
void add_plan_options(CLI::App& command, CommonOptions& common, CacheUse use = CacheUse::Read);

struct Flag {
  bool is_given = false;
  const char* name = nullptr;
};
/// Errors: InvalidArgument, "--isa: expected a model, got `got`", for the first flag that is given.
[[nodiscard]] Status refuse_flags(std::initializer_list<Flag> flags, const std::string& got);
/// The same for flags that choose kernels and groups of ops, where there is nothing to choose.
[[nodiscard]] Status refuse_choices(const CommonOptions& common, const std::string& got);

/// After a tuning: says on standard error if there is no `--cache` for what it found.
void warn_if_not_kept(const CommonOptions& common);

/// `--shape` values.
[[nodiscard]] Result<ModelOptions> model_options(const CommonOptions& common);
/// Everything of `common` that concerns compiling; warnings go to standard error. Errors:
/// InvalidArgument, for an instruction set that this machine lacks.
[[nodiscard]] Result<CompileOptions> compile_options(const CommonOptions& common);

/// A spec as `{"name", "dtype", "shape"}`.
[[nodiscard]] Json to_json(const TensorSpec& spec);
[[nodiscard]] Json to_json(const std::vector<TensorSpec>& specs);

/// `text` without control characters but `kept`: names come from files and could steer a terminal.
[[nodiscard]] std::string printable(std::string text, char kept = ' ');
/// Writes one line to standard error.
void print_message(const std::string& message);

/// Milliseconds since `begin`.
[[nodiscard]] double ms_since(std::chrono::steady_clock::time_point begin);

}  // namespace tilewright::tool
