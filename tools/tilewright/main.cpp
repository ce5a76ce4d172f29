// SPDX-License-Identifier: Apache-2.0
// The command-line program: parses, runs one command, and reports to people and programs.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>
#include <string_view>

#include "runtime/file_io.h"
#include "tools/tilewright/command.h"

namespace tilewright::tool {
namespace {

Status print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return ok();
  return Error{ErrorCode::IoError, std::string("standard output: ") + std::strerror(errno)};
}

/// Writes a report to a file, or to standard output if the name is `-`.
Status write_report(const std::string& file, const Json& report) {
  const std::string text = report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return file == "-" ? print(text) : runtime::write_file(file, std::as_bytes(std::span(text)));
}

void report_error(const Error& error, const std::string& json_file) {
  print_message(error.message);
  if (json_file.empty()) return;
  const Json report = {
      {"error", {{"code", to_string(error.code)}, {"message", printable(error.message)}}}};
  if (const Status written = write_report(json_file, report); !written) {
    print_message(written.error().message);
  }
}

/// What CLI11 found wrong, in the form of all our errors.
Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const bool has_command = !app.get_subcommands().empty();
  const std::vector<std::string> extras = app.remaining(true);
  std::string message = error.what();
  if (!has_command) {
    message = "expected a command, got " + (extras.empty() ? "none" : "'" + extras[0] + "'");
  } else if (!extras.empty()) {
    message = "expected no further argument, got '" + extras[0] + "'";
  } else if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    message = "expected " + message.substr(0, message.find(" is required")) + ", got none";
  } else if (dynamic_cast<const CLI::RequiresError*>(&error) != nullptr) {
    const std::size_t verb = message.find(" requires ");
    message = message.substr(0, verb) + ": expected " + message.substr(verb + 10) +
              " beside it, got none";
  } else if (dynamic_cast<const CLI::ValidationError*>(&error) == nullptr) {
    message = "expected a value for every option and each option once, got " + message;
  }
  const std::string command = has_command ? " " + app.get_subcommands()[0]->get_name() : "";
  return {ErrorCode::InvalidArgument, message + " (see tilewright" + command + " --help)"};
}

/// The value of `--json` of a command line that could not be parsed; empty if there is none.
std::string json_file_of(std::span<char*> arguments) {
  constexpr std::string_view kFlag = "--json";
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == kFlag && i + 1 < arguments.size()) return arguments[i + 1];
    if (argument.starts_with("--json=")) return std::string(argument.substr(kFlag.size() + 1));
  }
  return "";
}

int execute(const Run& run, const CommonOptions& common) {
  const Result<Outcome> outcome = run();
  if (!outcome) {
    report_error(outcome.error(), common.json_file);
    return outcome.error().code == ErrorCode::Infeasible ? kExitProvenOrFailed : kExitBadInput;
  }
  Status written = ok();
  if (!common.json_file.empty()) written = write_report(common.json_file, outcome->report);
  if (written && common.json_file != "-") written = print(printable(outcome->text, '\n'));
  if (written) return outcome->exit_status;
  report_error(written.error(), "");
  return kExitBadInput;
}

int main_program(int argc, char** argv) {
  CLI::App app{"Runs neural networks tuned for this device, in memory planned with a proof.",
               "tilewright"};
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done, 1 bad input, 2 usage, 3 proven infeasible or check failed.\n"
      "Example: tilewright bench model.tflite --tune-budget-ms 2000");
  CommonOptions common;
  Run run;
  for (const AddCommand add :
       {add_inspect, add_compile, add_convert, add_reorder, add_plan, add_feasible, add_arena,
        add_tune, add_record, add_run, add_bench, add_check}) {
    add(app, common, run);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help or version
    report_error(usage_error(app, error), json_file_of({argv, static_cast<std::size_t>(argc)}));
    return kExitUsage;
  }
  return execute(run, common);
}

}  // namespace
}  // namespace tilewright::tool

int main(int argc, char** argv) {
  try {
    return tilewright::tool::main_program(argc, argv);
  } catch (const std::exception& error) {
    tilewright::tool::print_message(error.what());
    return tilewright::tool::kExitBadInput;
  }
}
