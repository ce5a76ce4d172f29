// SPDX-License-Identifier: Apache-2.0
// int8 networks are planned, saved, shared by threads and tuned in their inferences: the same bits
// all the way, and a byte for an element.
#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "runtime/cpu_features.h"
#include "runtime/kernel_table.h"
#include "runtime/plan_file.h"
#include "runtime/step_cut.h"
#include "tests/lib/int8_graphs.h"
#include "tests/lib/network_run.h"

namespace tilewright::tests {
namespace {

std::vector<Bytes> meant(const graph::Graph& graph, std::span<const Elements> inputs) {
  std::vector<Bytes> bytes;
  for (const Elements& output : graph::tests::interpret(graph, inputs))
    bytes.emplace_back(output.bytes.begin(), output.bytes.end());
  return bytes;
}

}  // namespace

TEST_CASE("an int8 network gives the bits of its references on every instruction set") {
  for (const graph::Graph& graph : {small_int8_network(), heavy_int8_network()}) {
    const auto inputs = graph::tests::random_inputs(graph, 4);
    const std::vector<Bytes> expected = meant(graph, inputs);
    for (const Isa isa : {Isa::Portable, Isa::X86Baseline, Isa::X86Avx2, Isa::X86Avx512,
                          Isa::X86Avx512Vnni, Isa::Arm64Neon, Isa::Arm64Dotprod}) {
      if ((runtime::supported_isas() & runtime::bit(isa)) == 0) continue;
      CAPTURE(to_string(isa));
      CHECK(outputs_of(compiled(graph, {.isa = isa}).plan, inputs) == expected);
    }
  }
}

TEST_CASE("an int8 plan from its file gives the same bits") {
  const graph::Graph graph = small_int8_network();
  const Plan plan = compiled(graph, {.threads = 2}).plan;
  const auto inputs = graph::tests::random_inputs(graph, 8);
  const auto read = Plan::load(runtime::write_plan(plan.flat()));
  if (!read) FAIL(read.error().message);
  CHECK(outputs_of(*read, inputs) == meant(graph, inputs));
  CHECK(read->inputs() == plan.inputs());  // scales and zero points too
  CHECK(read->requirements().packed_weight_bytes == plan.requirements().packed_weight_bytes);
}

TEST_CASE("an int8 network is planned in a quarter of the memory") {
  // The portable kernels need no scratch, and all tensors are whole cache lines. The last layer
  // needs most: its input and its output.
  const Compilation bytes = compiled(small_int8_network(), {.isa = Isa::Portable});
  const Compilation floats = compiled(small_float_network(), {.isa = Isa::Portable});
  CHECK(bytes.plan.requirements().arena_bytes == 12 * 12 * (24 + 32));
  CHECK(4 * bytes.plan.requirements().arena_bytes == floats.plan.requirements().arena_bytes);
  for (std::size_t i = 0; i < bytes.program.storages.size(); ++i)
    CHECK(4 * bytes.program.storages[i].bytes == floats.program.storages[i].bytes);
}

TEST_CASE("however an int8 step is shared, the bits are the same") {
  constexpr std::int32_t kThreads = 4;
  for (const graph::Graph& graph : {small_int8_network(), heavy_int8_network()}) {
    const auto inputs = graph::tests::random_inputs(graph, 11);
    const std::vector<Bytes> expected = meant(graph, inputs);
    const runtime::FlatPlan flat = compiled(graph, {.threads = kThreads}).plan.flat();
    std::size_t shared_steps = 0;
    for (const runtime::CutAxis axis : {runtime::CutAxis::Rows, runtime::CutAxis::Columns}) {
      for (const std::int32_t parts : {2, 4, 16}) {
        CAPTURE(axis, parts);
        runtime::FlatPlan shared = flat;
        for (runtime::Step& step : shared.steps) {
          const runtime::Sharing sharing{std::min(parts, kThreads), parts, axis};
          if (!runtime::step_cuts(step).allows(sharing)) continue;
          step.sharing = sharing;
          ++shared_steps;
        }
        const auto plan = Plan::load(runtime::write_plan(shared));
        if (!plan) FAIL(plan.error().message);
        CHECK(outputs_of(*plan, inputs) == expected);
        CHECK(outputs_of(*plan, inputs, {.threads = 1}) == expected);
      }
    }
    if (flat.steps[0].kernel->isa != Isa::Portable) CHECK(shared_steps >= 3);
  }
}

TEST_CASE("int8 kernels are tried inside inferences, which all give the same bits") {
  const graph::Graph graph = heavy_int8_network();
  const Plan plan = compiled(graph, {.tuning = {.mode = TuningMode::InSitu}}).plan;
  const runtime::FlatPlan& flat = plan.flat();
  if (flat.steps[0].kernel->isa == Isa::Portable) SKIP("this machine has no int8 kernels");
  REQUIRE(flat.kernel_table != nullptr);
  std::size_t trials = 0;
  for (const auto& step : flat.kernel_table->alternatives)
    trials += step.size();
  CHECK(trials >= 1);
  const auto inputs = graph::tests::random_inputs(graph, 2);
  const std::vector<Bytes> expected = meant(graph, inputs);
  Session session = session_of(plan);
  constexpr int kRuns = 150;
  for (int run = 0; run < kRuns; ++run) {
    write_inputs(session, plan, inputs);
    REQUIRE(session.run());
    REQUIRE(read_outputs(session, plan) == expected);
  }
  CHECK(session.tuning().trials > 0);
}

}  // namespace tilewright::tests
