// SPDX-License-Identifier: Apache-2.0
// Streaming execution: ops read and write the external bank themselves, as far as their operands do
// not lie in fast memory. Each page outside is touched by the step the planner names, and outputs
// are those of a plan without banks.
#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "lib/rewrite/rewrite.h"
#include "runtime/split_steps.h"
#include "scheduler/traffic/fast_need.h"
#include "tests/lib/bank_graphs.h"
#include "tests/lib/bank_trace.h"
#include "tests/lib/bank_trial.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/random_graph.h"

namespace tilewright::tests {
namespace {

using runtime::Step;
using scheduler::TransferKind;

constexpr std::int64_t kRoomBytes = 1 << 20;

CompileOptions streaming(std::int64_t stage_bytes, Residency residency = Residency::Granules) {
  return {.planner = {.execution = Execution::Streaming,
                      .residency = residency,
                      .stage_bytes = stage_bytes}};
}

/// From what the fullest op needs to where nothing leaves.
std::vector<std::int64_t> sizes_of(const graph::Graph& graph, CompileOptions options,
                                   std::int64_t granule_bytes) {
  options.banks = two_banks(kRoomBytes, granule_bytes);
  const Compilation roomy = compiled(graph, options);
  const std::int64_t least = std::max<std::int64_t>(scheduler::fast_need(roomy.problem).bytes, 64);
  const std::int64_t most = roomy.traffic->fast_bytes;
  std::vector<std::int64_t> sizes;
  for (std::int64_t eighth = 0; eighth < 8; ++eighth)
    sizes.push_back(least + (most - least) * eighth / 8);
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

std::int64_t count(const Touches& pages, Touch touch) {
  return std::count(pages.begin(), pages.end(), touch);
}

/// Pages of activations that the planner lets stream in `step`, either way; what stays behind is
/// brought before, so that the op finds it in fast memory.
std::int64_t streamed_pages(const Compilation& compilation, std::int64_t step, TransferKind kind) {
  const scheduler::TrafficSolution& solution = *compilation.traffic;
  std::int64_t bytes = 0;
  for (const scheduler::Transfer& transfer : solution.transfers) {
    const auto id = scheduler::index(transfer.storage);
    if (transfer.kind != kind || transfer.step != step) continue;
    if (compilation.problem.storages[id].constant) continue;
    std::int64_t held = 0;
    for (const scheduler::FastPiece& piece : solution.pieces) {
      if (piece.storage == transfer.storage && piece.begin <= step && step < piece.end)
        held = piece.bytes;
    }
    bytes += transfer.end_bytes - std::clamp(held, transfer.begin_bytes, transfer.end_bytes);
  }
  return bytes / TracedPages::page_bytes();
}

bool is_split(const Step& step) {
  return !runtime::bands(step).empty();
}

bool is_staged(const Step& step) {
  return is_split(step) && runtime::stage_bytes(step, runtime::bands(step)) > 0;
}

bool is_any(const Compilation& compilation, bool (*is)(const Step& step)) {
  return std::ranges::any_of(compilation.plan.flat().steps, is);
}

/// Compiles for units of a page, so that storages share none, and compares traced runs with the
/// plan, and with the planner's own list.
Compilation check_stream(const graph::Graph& graph, CompileOptions options, std::int64_t bytes) {
  const Plan flat = compiled(graph).plan;
  const auto inputs = random_inputs(flat);
  const auto expected = run_once(flat, inputs);
  REQUIRE(expected);
  options.banks = two_banks(bytes, TracedPages::page_bytes());
  Compilation compilation = compiled(graph, options);
  BankTrace trace(compilation.plan.flat());
  for (int run = 0; run < 2; ++run) {
    CAPTURE(run, bytes);
    REQUIRE(trace.run(inputs));
    CHECK(trace.outputs() == *expected);
    CHECK((trace.moments == trace.planned(run == 0)));
    for (std::size_t i = 0; i < compilation.plan.flat().steps.size(); ++i) {
      CAPTURE(i, compilation.plan.flat().steps[i].name);
      const auto step = static_cast<std::int64_t>(i);
      const Touches& pages = trace.moments[2 * i + 1].external;
      CHECK(count(pages, Touch::Read) ==
            streamed_pages(compilation, step, TransferKind::StreamRead));
      CHECK(count(pages, Touch::Written) ==
            streamed_pages(compilation, step, TransferKind::StreamWrite));
    }
  }
  return compilation;
}

/// Runs in a session without a guard: whether outputs are `expected`, and what is counted is what
/// was planned, but for the padding of operands to units.
void check_counts(const Compilation& compilation, const std::vector<std::vector<std::byte>>& inputs,
                  const std::vector<std::vector<std::byte>>& expected) {
  Session session = session_of(compilation.plan, {});
  const BankTraffic before = session.traffic()[1];
  for (std::size_t i = 0; i < inputs.size(); ++i)
    std::copy(inputs[i].begin(), inputs[i].end(), session.input(i).data);
  REQUIRE(session.run());
  CHECK(read_outputs(session, compilation.plan) == expected);
  std::int64_t planned_read = 0;
  std::int64_t planned_written = 0;
  std::int64_t streams = 0;
  for (const scheduler::Transfer& transfer : compilation.traffic->transfers) {
    if (transfer.kind == TransferKind::Move) continue;
    streams += transfer.kind == TransferKind::StreamRead ? 1 : 0;
    streams += transfer.kind == TransferKind::StreamWrite ? 1 : 0;
    (is_read(transfer.kind) ? planned_read : planned_written) +=
        transfer.end_bytes - transfer.begin_bytes;
  }
  const BankTraffic after = session.traffic()[1];
  const std::int64_t padding = planned_read - (after.read_bytes - before.read_bytes) +
                               planned_written - (after.written_bytes - before.written_bytes);
  CHECK(after.read_bytes - before.read_bytes <= planned_read);
  CHECK(after.written_bytes - before.written_bytes <= planned_written);
  CHECK(padding <= streams * 63);
}

}  // namespace

TEST_CASE("every page of activations that stream is touched by its own step, and by no other") {
  bool splits = false;
  bool stages = false;
  bool mixes = false;
  for (const graph::Graph& graph : {branches_with_weights(), waiting_branches()}) {
    for (const std::int64_t stage_bytes : {0, 32'768}) {
      const CompileOptions options = streaming(stage_bytes);
      for (const std::int64_t bytes : sizes_of(graph, options, TracedPages::page_bytes())) {
        CAPTURE(bytes, stage_bytes);
        const Compilation compilation = check_stream(graph, options, bytes);
        CHECK((stage_bytes > 0 || !is_any(compilation, is_staged)));
        splits = splits || is_any(compilation, is_split);
        stages = stages || is_any(compilation, is_staged);
        mixes = mixes || !compilation.plan.flat().banks->transfers.empty();
      }
    }
  }
  CHECK(splits);
  CHECK(stages);
  CHECK(mixes);
}

TEST_CASE("whole residency streams each activation from one bank") {
  const CompileOptions options = streaming(0, Residency::Whole);
  for (const graph::Graph& graph : {branches_with_weights(), waiting_branches()}) {
    for (const std::int64_t bytes : sizes_of(graph, options, TracedPages::page_bytes()))
      CHECK_FALSE(is_any(check_stream(graph, options, bytes), is_split));
  }
}

TEST_CASE("random networks give the same bits when they stream, by one thread or two") {
  int split = 0;
  for (std::uint32_t seed = 0; seed < 25; ++seed) {
    const auto graph = rewrite(rewriting::tests::random_graph(seed, 8));
    REQUIRE(graph);
    CompileOptions options = streaming(seed % 3 == 0 ? 0 : 4096);
    options.preserve_inputs = seed % 2 == 0;
    options.threads = seed % 2 == 0 ? 1 : 2;
    CompileOptions without_banks = options;
    without_banks.planner = {};
    const Plan flat = compiled(*graph, without_banks).plan;
    const auto inputs = random_inputs(flat);
    const auto expected = run_once(flat, inputs);
    REQUIRE(expected);
    for (const std::int64_t bytes : sizes_of(*graph, options, 1)) {
      CAPTURE(seed, bytes);
      options.banks = two_banks(bytes);
      const Compilation compilation = compiled(*graph, options);
      check_counts(compilation, inputs, *expected);
      split += is_any(compilation, is_split) ? 1 : 0;
    }
  }
  CHECK(split > 10);
}

TEST_CASE("weights that stream stay whole or not at all, whatever else is kept in granules") {
  for (const Execution execution : {Execution::Full, Execution::Streaming}) {
    CompileOptions options = streaming(8192);
    options.planner.execution = execution;
    options.planner.stream_weights = true;
    options.planner.steady_state = true;
    const graph::Graph graph = branches_with_weights();
    bool stays = false;
    for (const std::int64_t bytes : sizes_of(graph, options, TracedPages::page_bytes())) {
      const Compilation compilation = check_stream(graph, options, bytes);
      for (const runtime::Transfer& transfer : compilation.plan.flat().banks->preload) {
        stays = true;
        const auto& steps = compilation.plan.flat().steps;
        CHECK(std::ranges::none_of(steps, [&](const Step& step) {
          const auto ranges = streamed_by(step);
          return std::ranges::any_of(ranges, [&](const ByteRange& range) {
            return range.begin == transfer.from_offset_bytes;
          });
        }));
      }
    }
    CHECK(stays);
  }
}

TEST_CASE("bands cover the output once, and each operand is where its rows are") {
  const graph::Graph graph = branches_with_weights();
  const CompileOptions options = streaming(32'768);
  int checked = 0;
  for (const std::int64_t bytes : sizes_of(graph, options, 1)) {
    CompileOptions here = options;
    here.banks = two_banks(bytes);
    const Compilation compilation = compiled(graph, here);
    for (const Step& step : compilation.plan.flat().steps) {
      std::int64_t row = 0;
      for (const runtime::Band& band : runtime::bands(step)) {
        CHECK(band.rows.begin == row);
        row = band.rows.end;
        CHECK((step.dst.rest || band.dst.side == runtime::Side::Own));
        ++checked;
        if (!step.dst.rest) continue;
        const std::int64_t split = step.dst.rest->begin_bytes;
        const std::int64_t row_bytes = runtime::row_bytes(step.dst);
        if (band.dst.side == runtime::Side::Own) CHECK(band.rows.end * row_bytes <= split);
        if (band.dst.side == runtime::Side::Outside) CHECK(band.rows.begin * row_bytes >= split);
        if (band.dst.side == runtime::Side::Stage) CHECK(band.dst.rows == band.rows);
      }
      if (row > 0) CHECK(row == kernels::row_count(step.dst.shape));
    }
  }
  CHECK(checked > 10);
}

}  // namespace tilewright::tests
