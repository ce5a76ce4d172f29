// SPDX-License-Identifier: Apache-2.0
// The command-line program: parses, runs one command, and reports to people and programs.
#include <cstdio>
#include <iostream>
#include <span>

#include "runtime/file_io.h"
#include "tools/tilewright/command.h"

namespace tilewright::tool {
namespace {

/// Writes a report to a file, or to standard output if the name is `-`.
Status write_report(const std::string& file, const Json& report) {
  const std::string text = report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (file == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return ok();
  }
  return runtime::write_file(file, std::as_bytes(std::span(text)));
}

int report_error(const Error& error, const std::string& json_file) {
  std::fprintf(stderr, "tilewright: %s\n", error.message.c_str());
  if (!json_file.empty()) {
    const Json report = {{"error", {{"code", to_string(error.code)}, {"message", error.message}}}};
    if (const Status written = write_report(json_file, report); !written) {
      std::fprintf(stderr, "tilewright: %s\n", written.error().message.c_str());
    }
  }
  return error.code == ErrorCode::Infeasible ? kExitProvenOrFailed : kExitBadInput;
}

int execute(const Run& run, const CommonOptions& common) {
  Result<Outcome> outcome = run();
  if (!outcome) return report_error(outcome.error(), common.json_file);
  if (!common.json_file.empty()) {
    if (const Status written = write_report(common.json_file, outcome->report); !written) {
      return report_error(written.error(), "");
    }
  }
  if (common.json_file != "-") std::fputs(outcome->text.c_str(), stdout);
  return outcome->exit_status;
}

int main_program(int argc, char** argv) {
  CLI::App app{"Runs neural networks tuned for this device, in memory planned with a proof."};
  app.set_version_flag("--version", std::string("tilewright ") + TILEWRIGHT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done, 1 bad input, 2 usage, 3 proven infeasible or check failed.\n"
      "Example: tilewright bench model.tflite --tune-budget-ms 2000");
  CommonOptions common;
  Run run;
  for (const AddCommand add :
       {add_inspect, add_compile, add_convert, add_plan, add_tune, add_run, add_bench, add_check}) {
    add(app, common, run);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kExitDone : kExitUsage;
  }
  return execute(run, common);
}

}  // namespace
}  // namespace tilewright::tool

int main(int argc, char** argv) {
  try {
    return tilewright::tool::main_program(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tilewright: %s\n", error.what());
    return tilewright::tool::kExitBadInput;
  }
}
