// SPDX-License-Identifier: Apache-2.0
// Who touches the external bank, page by page: every page is closed before each group of transfers
// and before each step, and those that were touched since are the ones the plan names.
#include "tests/lib/bank_trace.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/bank_graphs.h"
#include "tests/lib/bank_trial.h"
#include "tests/lib/network_run.h"

namespace tilewright::tests {
namespace {

using runtime::FlatPlan;
using runtime::Region;

std::int64_t touched(const Touches& pages) {
  return static_cast<std::int64_t>(pages.size()) -
         std::count(pages.begin(), pages.end(), Touch::None);
}

/// Compiles for a fast bank of `bytes` and compares three traced runs with the plan.
Compilation check_trace(const graph::Graph& graph, CompileOptions options, std::int64_t bytes) {
  const Plan flat = compiled(graph).plan;
  const auto inputs = random_inputs(flat);
  const auto expected = run_once(flat, inputs);
  REQUIRE(expected);
  options.banks = two_banks(bytes);
  Compilation compilation = compiled(graph, options);
  BankTrace trace(compilation.plan.flat());
  for (int run = 0; run < 3; ++run) {
    CAPTURE(run, bytes);
    REQUIRE(trace.run(inputs));
    CHECK(trace.outputs() == *expected);
    CHECK((trace.moments == trace.planned(run == 0)));
    // The same of the planner's own list, which knows no addresses.
    for (std::size_t step = 0; step < compilation.plan.flat().steps.size(); ++step) {
      std::int64_t pages = 0;
      for (const scheduler::Transfer& transfer : compilation.traffic->transfers) {
        if (transfer.kind != scheduler::TransferKind::StreamRead) continue;
        if (transfer.step != static_cast<std::int64_t>(step)) continue;
        pages += pages_for(transfer.end_bytes - transfer.begin_bytes);
      }
      CAPTURE(step);
      CHECK(touched(trace.moments[2 * step + 1].constants) == pages);
    }
  }
  return compilation;
}

}  // namespace

TEST_CASE("every page of weights that stream is read by its own step, and by no other") {
  for (const graph::Graph& graph : {small_network(), branches_with_weights()}) {
    for (const Residency residency : {Residency::Granules, Residency::Whole}) {
      const CompileOptions options{.planner = {.residency = residency, .stream_weights = true}};
      const std::vector<std::int64_t> sizes = fast_sizes(model_of(graph), options);
      REQUIRE_FALSE(sizes.empty());
      for (const std::int64_t bytes : sizes) {
        const Compilation compilation = check_trace(graph, options, bytes);
        const auto& steps = compilation.plan.flat().steps;
        CHECK(std::any_of(steps.begin(), steps.end(),
                          [](const runtime::Step& step) { return !streamed_by(step).empty(); }));
      }
    }
  }
}

TEST_CASE("weights that are packed and weights that are not are both traced") {
  const CompileOptions options{.planner = {.stream_weights = true}};
  const Compilation compilation = check_trace(branches_with_weights(), options, 1 << 20);
  bool packed = false;
  bool plain = false;
  for (const runtime::Step& step : compilation.plan.flat().steps) {
    packed = packed || step.packed_bytes > TracedPages::page_bytes();
    plain = plain || std::any_of(step.src.begin(), step.src.end(),
                                 [](const auto& src) { return src.region == Region::Constants; });
  }
  CHECK(packed);
  CHECK(plain);
}

TEST_CASE("weights that stay are touched before the first run alone, the others in every run") {
  const graph::Graph graph = branches_with_weights();
  const CompileOptions options{
      .planner = {.residency = Residency::Whole, .stream_weights = true, .steady_state = true}};
  bool mixed = false;
  std::vector<std::int64_t> sizes = fast_sizes(model_of(graph), options);
  sizes.insert(sizes.end(), {sizes.back() + 32'768, 1 << 20});
  for (const std::int64_t bytes : sizes) {
    const Compilation compilation = check_trace(graph, options, bytes);
    const FlatPlan& plan = compilation.plan.flat();
    mixed = mixed ||
            (!plan.banks->preload.empty() &&
             std::any_of(plan.steps.begin(), plan.steps.end(),
                         [](const runtime::Step& step) { return !streamed_by(step).empty(); }));
  }
  CHECK(mixed);
}

TEST_CASE("no step touches the external bank where operands are brought first") {
  for (const graph::Graph& graph : {small_network(), branches_with_weights()}) {
    for (const std::int64_t bytes : fast_sizes(model_of(graph), {})) {
      const Compilation compilation = check_trace(graph, {}, bytes);
      for (const runtime::Step& step : compilation.plan.flat().steps)
        CHECK(streamed_by(step).empty());
    }
  }
}

TEST_CASE("a step that reads weights of another is seen") {
  const CompileOptions options{.banks = two_banks(1 << 20), .planner = {.stream_weights = true}};
  const Plan plan = compiled(branches_with_weights(), options).plan;
  const auto inputs = random_inputs(plan);
  BankTrace trace(plan.flat());
  REQUIRE(trace.run(inputs));
  CHECK((trace.moments == trace.planned(true)));
  trace.read_weights_of("left", "right");
  REQUIRE(trace.run(inputs));
  CHECK_FALSE((trace.moments == trace.planned(true)));
}

}  // namespace tilewright::tests
