// SPDX-License-Identifier: Apache-2.0
// `tilewright plan`: the least memory, with its proof, for a model or a problem file.
#include <algorithm>
#include <cctype>
#include <chrono>

#include "lib/compilation.h"
#include "lib/scheduling_problem.h"
#include "runtime/file_io.h"
#include "scheduler/draw.h"
#include "scheduler/problem_file.h"
#include "scheduler/solve.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

struct Planned {
  scheduler::Problem problem;
  scheduler::Solution solution;
};

/// The problem in `text`, if it is JSON at all; none for a model.
bool looks_like_json(std::string_view text) {
  const auto first =
      std::find_if(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) == 0; });
  return first != text.end() && *first == '{';
}

Result<scheduler::Problem> problem_of(const CommonOptions& common) {
  TILEWRIGHT_TRY(const runtime::MappedFile file,
                 runtime::map_file(common.model, std::int64_t{1} << 36));
  const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (looks_like_json(text)) {
    Result<scheduler::Problem> problem = scheduler::read_problem(text);
    if (!problem) return in_file(common.model, problem.error());
    return problem;
  }
  TILEWRIGHT_TRY(const Model model, load_model(common));
  TILEWRIGHT_TRY(const CompileOptions options, compile_options(common));
  return model_problem(model, options);
}

std::string yes_no(bool value) {
  return value ? "yes" : "no";
}

std::string describe(const Planned& planned) {
  const scheduler::Solution& s = planned.solution;
  const auto bytes = [](std::int64_t value) { return std::to_string(value); };
  std::string text = format_table({
      {"", "bytes", "at least", "proven optimal"},
      {"order", bytes(s.peak_bytes), bytes(s.peak_lower_bound_bytes),
       yes_no(s.order_proven_optimal) + " (" + to_string(s.order_status) + ")"},
      {"arena", bytes(s.arena_bytes), bytes(s.arena_lower_bound_bytes),
       yes_no(s.arena_proven_optimal)},
      {"both together", bytes(s.arena_bytes), bytes(s.peak_lower_bound_bytes),
       yes_no(s.jointly_optimal)},
      {"file order", bytes(s.serialized_order_peak_bytes), "", ""},
      {"greedy arena of file order", bytes(s.greedy_arena_bytes), "", ""},
  });
  if (!s.fits_memory_limit) {
    text += "\nmemory_limit " + bytes(*planned.problem.memory_limit_bytes) +
            ": neither a plan that fits nor a proof that there is none was found\n";
  }
  text += "\n" + scheduler::draw(planned.problem, s);
  return text + "\nsolved in " + format_number(s.solve_ms, 2) + " ms, " +
         std::to_string(s.order_states) + " states of order, " + std::to_string(s.arena_nodes) +
         " placements\n";
}

}  // namespace

void add_plan(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command =
      add_command(app, common, "plan", "Plans the memory of a model or problem file, with a proof",
                  "tilewright plan model.tflite --json -");
  command->callback([&] {
    run = [&common]() -> Result<Outcome> {
      TILEWRIGHT_TRY(scheduler::Problem problem, problem_of(common));
      const auto begin = std::chrono::steady_clock::now();
      Result<scheduler::Solution> solution = scheduler::solve(problem);
      if (!solution) return in_file(common.model, solution.error());
      solution->solve_ms = ms_since(begin);
      const Planned planned{std::move(problem), std::move(*solution)};
      Outcome outcome;
      outcome.report = Json::parse(scheduler::write_solution(planned.problem, planned.solution));
      outcome.report["solve_ms"] = planned.solution.solve_ms;
      outcome.text = describe(planned);
      return outcome;
    };
  });
}

}  // namespace tilewright::tool
