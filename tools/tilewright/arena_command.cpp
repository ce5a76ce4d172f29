// SPDX-License-Identifier: Apache-2.0
// `tilewright arena`: the smallest arena of a table of blocks, with its proof.
#include <chrono>

#include "runtime/file_io.h"
#include "scheduler/arena/arena_exact.h"
#include "scheduler/arena/arena_file.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/option_values.h"
#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

constexpr std::int64_t kMaxFileBytes = std::int64_t{1} << 25;

// What the numbers hold for.
constexpr char kHoldsFor[] =
    "blocks as the table gives them: sizes and alignments as they stand, alive from lower to "
    "before "
    "upper, nothing shared";

struct ArenaOptions {
  std::string file;
  std::int64_t capacity_bytes = 0;  // 0: as small as possible
  std::int64_t max_nodes = 20'000'000;
  std::int64_t time_limit_ms = 0;  // 0: none
  int threads = 1;
};

/// What is known about the arena in relation to the capacity.
const char* status_of(const scheduler::ArenaResult& found, std::int64_t capacity_bytes) {
  if (found.arena_bytes == found.lower_bound_bytes) return "optimal";
  if (capacity_bytes > 0 && found.arena_bytes <= capacity_bytes) return "fits";
  return "bounded";
}

Result<Outcome> plan_arena_file(const ArenaOptions& options) {
  TILEWRIGHT_TRY(const runtime::MappedFile mapped, runtime::map_file(options.file, kMaxFileBytes));
  const std::string_view text(reinterpret_cast<const char*>(mapped.bytes.data()),
                              mapped.bytes.size());
  const Result<scheduler::ArenaFile> file = scheduler::read_arena_csv(text);
  if (!file) return in_file(options.file, file.error());

  const auto begin = std::chrono::steady_clock::now();
  scheduler::ArenaLimits limits{.max_nodes = options.max_nodes,
                                .enough_bytes = options.capacity_bytes,
                                .threads = options.threads};
  if (options.time_limit_ms > 0) {
    limits.deadline = begin + std::chrono::milliseconds(options.time_limit_ms);
  }
  const scheduler::ArenaResult found = scheduler::minimise_arena(file->arena, limits, {});
  const double solve_ms = ms_since(begin);
  TILEWRIGHT_RETURN_IF_ERROR(validate_arena(file->arena, found.offsets, found.arena_bytes));
  if (options.capacity_bytes > 0 && found.lower_bound_bytes > options.capacity_bytes) {
    return in_file(options.file, {ErrorCode::Infeasible,
                                  "expected an arena of " + std::to_string(options.capacity_bytes) +
                                      " bytes, got a proven minimum of " +
                                      std::to_string(found.lower_bound_bytes)});
  }
  Outcome outcome;
  outcome.report = {{"status", status_of(found, options.capacity_bytes)},
                    {"height_bytes", found.arena_bytes},
                    {"lower_bound_bytes", found.lower_bound_bytes},
                    {"holds_for", kHoldsFor},
                    {"nodes", found.nodes},
                    {"solve_ms", solve_ms},
                    {"offsets", Json::object()}};
  for (std::size_t i = 0; i < file->ids.size(); ++i)
    outcome.report["offsets"][printable(file->ids[i])] = found.offsets[i];
  outcome.text =
      format_table({{"arena", "at least", "status", "placements", "ms"},
                    {std::to_string(found.arena_bytes), std::to_string(found.lower_bound_bytes),
                     status_of(found, options.capacity_bytes), std::to_string(found.nodes),
                     format_number(solve_ms, 1)}}) +
      "model: " + kHoldsFor + "\n";
  return outcome;
}

}  // namespace

void add_arena(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command = app.add_subcommand(
      "arena", "Places blocks that live for a while in the smallest arena, with a proof");
  command->footer("Example: tilewright arena blocks.csv --capacity 1048576 --json -");
  auto options = std::make_shared<ArenaOptions>();
  command->add_option("file", options->file, "Table of blocks: id,lower,upper,size (CSV)")
      ->required()
      ->type_name("FILE.csv");
  command->add_option("--capacity", options->capacity_bytes, "Bytes that are enough")
      ->check(whole_number(1, std::uint64_t{1} << 60))
      ->type_name("BYTES");
  command->add_option("--solver-threads", options->threads, "Threads; the answer is the same")
      ->check(whole_number(1, 64))
      ->type_name("N");
  command->add_option("--max-placements", options->max_nodes, "Placements to try at most")
      ->check(whole_number(1, std::uint64_t{1} << 60))
      ->type_name("N");
  command->add_option("--time-limit-ms", options->time_limit_ms, "Time to search at most")
      ->check(whole_number(1, 86'400'000))
      ->type_name("MS");
  command->add_option("--json", common.json_file, "Write the report; - for standard output")
      ->type_name("FILE");
  command->callback([options, &run] { run = [options] { return plan_arena_file(*options); }; });
}

}  // namespace tilewright::tool
