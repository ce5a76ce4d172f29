// SPDX-License-Identifier: Apache-2.0
// `tilewright check`: every step against the reference kernel of its op.
#include <algorithm>
#include <limits>
#include <memory>

#include "lib/step_check.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/option_values.h"
#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

struct CheckArguments {
  std::uint64_t seed = 1;
  bool random_weights = false;
};

std::string scientific(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2e", value);
  return text;
}

Outcome report(const std::vector<StepError>& errors) {
  Outcome outcome;
  Json steps = Json::array();
  std::vector<std::vector<std::string>> rows = {
      {"step", "op", "kernel", "max abs", "max rel", "allowed", ""}};
  double max_abs = 0;
  double max_rel = 0;
  for (const StepError& e : errors) {
    max_abs = std::max(max_abs, e.max_abs);
    max_rel = std::max(max_rel, e.max_rel);
    steps.push_back({{"name", e.name},
                     {"type", e.type},
                     {"kernel", e.kernel},
                     {"max_abs", e.max_abs},
                     {"max_rel", e.max_rel},
                     {"tolerance", e.tolerance},
                     {"passed", e.passed}});
    rows.push_back({e.name, e.type, e.kernel, scientific(e.max_abs), scientific(e.max_rel),
                    scientific(e.tolerance), e.passed ? "ok" : "FAILED"});
  }
  const auto failed =
      std::count_if(errors.begin(), errors.end(), [](const StepError& e) { return !e.passed; });
  outcome.report = {{"passed", failed == 0},
                    {"failed_steps", failed},
                    {"max_abs", max_abs},
                    {"max_rel", max_rel},
                    {"steps", steps}};
  outcome.text = format_table(rows) + "\n" + std::to_string(errors.size()) + " steps, " +
                 std::to_string(failed) + " failed; max abs error " + scientific(max_abs) +
                 ", max rel error " + scientific(max_rel) + "\n";
  outcome.exit_status = failed == 0 ? kExitDone : kExitProvenOrFailed;
  return outcome;
}

}  // namespace

void add_check(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command =
      add_command(app, common, "check", "Compares every step with its reference kernel",
                  "tilewright check model.onnx --seed 7 --isa avx2");
  add_plan_options(*command, common);
  auto arguments = std::make_shared<CheckArguments>();
  command->add_option("--seed", arguments->seed, "Seed of inputs and weights")
      ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  command->add_flag("--random-weights", arguments->random_weights,
                    "Replaces the weights by seeded numbers");
  command->callback([&, arguments] {
    run = [&common, arguments]() -> Result<Outcome> {
      TILEWRIGHT_TRY(Model model, load_model(common));
      if (arguments->random_weights) model = with_random_weights(model, arguments->seed);
      TILEWRIGHT_TRY(const CompileOptions options, compile_options(common));
      TILEWRIGHT_TRY(const Compilation compilation, compile_model(common, model, options));
      TILEWRIGHT_TRY(const std::vector<StepError> errors,
                     check_steps(compilation, arguments->seed));
      return report(errors);
    };
  });
}

}  // namespace tilewright::tool
