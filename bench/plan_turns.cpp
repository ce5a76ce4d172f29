// SPDX-License-Identifier: Apache-2.0
// Plans of one network, timed in turns in one process: what each takes over the first one.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/plan_race.h"
#include "runtime/file_io.h"

namespace tilewright::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kHelp[] =
    R"(Times plans in turns: what each takes over the first one, the reference.

  plan_turns [--threads N] [--rounds R] [--min-ms M] [--json FILE] PLAN...

  --threads N   of each session; as many as its plan was made for, unless given
  --rounds R    blocks of each plan (15)
  --min-ms M    timed inferences of a letter take so long, at least (8)
  --json FILE   the report, as JSON

In every round each plan P has a block A B B A of the reference A and B = P. A letter is inferences for
2 ms, one at least, that do not count, then M ms of timed ones, one at least, of which the median
counts. The ratio of a block is B / A, the root of the product of two letters each. With one
thread, time in which it had no core does not count. Printed are medians over the rounds, and quartiles
of the ratios. Every round begins with another plan. Plans of equal content are timed once. The control is a second session of the reference: the noise that is
left.

JSON: `rounds`, `min_ms`; `plans`, in the order given, of each `file`, `same_as` (the first plan of
equal content, or null), `ms`, `reference_ms` (of the reference in the same blocks), `ratio`,
`quartiles` (of the ratio, lower and upper); `control` with the last four.

Exit status: 0 done, 1 a plan that cannot be read or run, or a report not written, 2 usage.
)";

struct Options {
  std::int32_t threads = 0;
  std::int32_t rounds = 15;
  std::int32_t min_ms = 8;
  std::string json_file;
  std::vector<std::string> files;
};

Error usage_error(const std::string& message) {
  return {ErrorCode::InvalidArgument, message + " (see plan_turns --help)"};
}

Result<std::int32_t> whole_number(const std::string& flag, std::string_view text, std::int32_t min,
                                  std::int32_t max) {
  std::int32_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed == std::errc() && end == text.data() + text.size() && min <= value && value <= max)
    return value;
  return usage_error(flag + ": expected a whole number from " + std::to_string(min) + " to " +
                     std::to_string(max) + ", got '" + std::string(text) + "'");
}

Result<Options> parse(std::span<char*> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string argument = arguments[i];
    if (!argument.starts_with("--")) {
      options.files.push_back(argument);
      continue;
    }
    const bool is_number =
        argument == "--threads" || argument == "--rounds" || argument == "--min-ms";
    if (!is_number && argument != "--json")
      return usage_error("expected an option or a plan, got '" + argument + "'");
    if (++i == arguments.size()) return usage_error(argument + ": expected a value, got none");
    const std::string_view value = arguments[i];
    if (argument == "--json") {
      options.json_file = value;
    } else if (argument == "--threads") {
      TILEWRIGHT_TRY(options.threads, whole_number(argument, value, 1, kMaxThreads));
    } else if (argument == "--rounds") {
      TILEWRIGHT_TRY(options.rounds, whole_number(argument, value, 1, 10'000));
    } else {
      TILEWRIGHT_TRY(options.min_ms, whole_number(argument, value, 0, 10'000));
    }
  }
  if (options.files.empty()) return usage_error("expected plans, got none");
  return options;
}

double median_of(const std::vector<Block>& blocks, double Block::* part) {
  std::vector<double> values;
  values.reserve(blocks.size());
  for (const Block& block : blocks)
    values.push_back(block.*part);
  return quartiles(std::move(values)).median;
}

Json describe(const std::vector<Block>& blocks) {
  std::vector<double> ratios;
  ratios.reserve(blocks.size());
  for (const Block& block : blocks)
    ratios.push_back(block.ratio);
  const Quartiles ratio = quartiles(std::move(ratios));
  return {{"ms", 1e3 * median_of(blocks, &Block::contender_seconds)},
          {"reference_ms", 1e3 * median_of(blocks, &Block::reference_seconds)},
          {"ratio", ratio.median},
          {"quartiles", {ratio.lower, ratio.upper}}};
}

Json describe(const Race& race, const Options& options) {
  const Json control = describe(race.racers.back().blocks);
  Json plans = Json::array();
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    const std::size_t racer = race.racer_of[i];
    const std::size_t first = race.first_file[racer];
    Json plan = {{"file", options.files[i]}, {"same_as", nullptr}};
    if (first != i) plan["same_as"] = options.files[first];
    if (racer > 0) {
      plan.update(describe(race.racers[racer].blocks));
    } else {
      const double ms = control["reference_ms"];
      plan.update({{"ms", ms}, {"reference_ms", ms}, {"ratio", 1.0}, {"quartiles", {1.0, 1.0}}});
    }
    plans.push_back(std::move(plan));
  }
  return {{"rounds", options.rounds},
          {"min_ms", options.min_ms},
          {"plans", std::move(plans)},
          {"control", control}};
}

void print_row(const Json& row, const std::string& name) {
  std::printf("%12.4f %12.4f %8.4f   %.4f to %.4f   %s\n", row["ms"].get<double>(),
              row["reference_ms"].get<double>(), row["ratio"].get<double>(),
              row["quartiles"][0].get<double>(), row["quartiles"][1].get<double>(), name.c_str());
}

void print(const Json& report) {
  std::printf("%12s %12s %8s   %-16s   plan\n", "ms", "reference ms", "ratio", "quartiles");
  for (const Json& plan : report["plans"]) {
    const std::string file = plan["file"];
    if (&plan == &report["plans"].front()) {
      print_row(plan, file + " (the reference)");
    } else if (plan["same_as"].is_null()) {
      print_row(plan, file);
    } else {
      print_row(plan, file + " (same plan as " + plan["same_as"].get<std::string>() + ")");
    }
  }
  print_row(report["control"], "(control: the reference again)");
}

Status run(const Options& options) {
  TILEWRIGHT_TRY(Race race, open_race(options.files, options.threads));
  const Letter letter{.timed_seconds = 1e-3 * options.min_ms};
  TILEWRIGHT_RETURN_IF_ERROR(time_race(race, options.rounds, letter));
  const Json report = describe(race, options);
  print(report);
  if (options.json_file.empty()) return ok();
  const std::string text = report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return runtime::write_file(options.json_file, std::as_bytes(std::span(text)));
}

int main_program(std::span<char*> arguments) {
  if (std::ranges::find(arguments, std::string_view("--help")) != arguments.end()) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  const Result<Options> options = parse(arguments);
  const Status done = options ? run(*options) : Status(options.error());
  if (done) return 0;
  std::fprintf(stderr, "plan_turns: %s\n", done.error().message.c_str());
  return options ? 1 : 2;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  try {
    return tilewright::bench::main_program({argv + 1, static_cast<std::size_t>(argc - 1)});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "plan_turns: %s\n", error.what());
    return 1;
  }
}
