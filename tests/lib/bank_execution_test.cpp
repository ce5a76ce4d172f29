// SPDX-License-Identifier: Apache-2.0
// Plans with banks do what they say: kernels run on fast memory alone, transfers move the bytes
// that were planned, and the outputs are those of a plan without banks.
#include <algorithm>
#include <cstring>
#include <tuple>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lib/rewrite/rewrite.h"
#include "runtime/flat_plan.h"
#include "tests/lib/bank_graphs.h"
#include "tests/lib/bank_trial.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/random_graph.h"

namespace tilewright::tests {
namespace {

using Catch::Matchers::ContainsSubstring;

/// Compiles for the banks that `options` name and runs behind guards.
std::string trial(const graph::Graph& graph, const CompileOptions& options, int runs = 2) {
  CompileOptions flat = options;
  flat.banks.clear();
  flat.planner = {};
  const Plan reference = compiled(graph, flat).plan;
  const auto inputs = random_inputs(reference);
  const auto expected = run_once(reference, inputs);
  REQUIRE(expected);
  const Compilation compilation = compiled(graph, options);
  return difference({compilation, inputs, *expected, runs});
}

}  // namespace

TEST_CASE("plans with banks move what was planned, and touch nothing else outside") {
  for (const graph::Graph& graph : {small_network(), waiting_branches()}) {
    for (const Residency residency : {Residency::Granules, Residency::Whole}) {
      CompileOptions options{.planner = {.residency = residency}};
      const std::vector<std::int64_t> sizes = fast_sizes(model_of(graph), options);
      REQUIRE_FALSE(sizes.empty());
      for (const std::int64_t bytes : sizes) {
        for (const std::int64_t granule_bytes : {1, 256}) {
          CAPTURE(bytes, granule_bytes, static_cast<int>(residency));
          options.banks = two_banks(bytes + (granule_bytes > 64 ? 2048 : 0), granule_bytes);
          CHECK(trial(graph, options) == "");
        }
      }
    }
  }
}

TEST_CASE("part of a storage stays in fast memory, the rest goes and comes back") {
  const graph::Graph graph = waiting_branches();
  const std::vector<std::int64_t> sizes = fast_sizes(model_of(graph), {});
  REQUIRE(sizes.size() == 3);
  bool splits = false;
  bool stores = false;
  for (const std::int64_t bytes : sizes) {
    const Compilation compilation = compiled(graph, {.banks = two_banks(bytes)});
    for (const scheduler::Transfer& transfer : compilation.traffic->transfers) {
      splits = splits || transfer.begin_bytes > 0;
      stores = stores ||
               (transfer.kind == scheduler::TransferKind::Store &&
                transfer.step < static_cast<std::int64_t>(compilation.plan.flat().steps.size()));
    }
  }
  CHECK(splits);
  CHECK(stores);
}

TEST_CASE("random networks give the same bits in the least fast memory") {
  for (std::uint32_t seed = 0; seed < 25; ++seed) {
    const auto graph = rewrite(rewriting::tests::random_graph(seed, 8));
    REQUIRE(graph);
    CompileOptions options{.preserve_inputs = seed % 2 == 0};
    for (const std::int64_t bytes : fast_sizes(model_of(*graph), options)) {
      CAPTURE(seed, bytes);
      options.banks = two_banks(std::max<std::int64_t>(bytes, 64));
      CHECK(trial(*graph, options, 1) == "");
    }
  }
}

TEST_CASE("a hundred runs in steady state move what the cyclic plan says") {
  for (const graph::Graph& graph : {small_network(), waiting_branches()}) {
    CompileOptions options{.planner = {.steady_state = true}};
    const std::vector<std::int64_t> sizes = fast_sizes(model_of(graph), options);
    for (const std::int64_t bytes : {sizes.front(), 2 * sizes.back(), std::int64_t{1} << 20}) {
      CAPTURE(bytes);
      options.banks = two_banks(bytes);
      CHECK(trial(graph, options, 100) == "");
    }
    const Plan roomy = compiled(graph, options).plan;
    CHECK(roomy.traffic().weights_compulsory_bytes == 0);
    CHECK(roomy.traffic().weights_avoidable_bytes == 0);
    CHECK_FALSE(roomy.flat().banks->preload.empty());
  }
}

TEST_CASE("weights that stay are brought again after a run that was cancelled") {
  const graph::Graph graph = waiting_branches();
  const Plan plan =
      compiled(graph, {.banks = two_banks(1 << 20), .planner = {.steady_state = true}}).plan;
  const Plan flat = compiled(graph).plan;
  const auto inputs = random_inputs(flat);
  struct Canceller {
    Session* session = nullptr;
    int copies_left = 0;
  } canceller;
  const Copier copier{[](void* user, void* to, const void* from, std::int64_t size_bytes) {
                        Canceller& state = *static_cast<Canceller*>(user);
                        std::memmove(to, from, static_cast<std::size_t>(size_bytes));
                        if (--state.copies_left == 0) state.session->cancel();
                      },
                      &canceller};
  Session session = session_of(plan, {.copier = copier});
  const std::int64_t preloaded = session.traffic()[1].read_bytes;
  CHECK(preloaded > 0);
  canceller = {&session, 1};
  std::copy(inputs[0].begin(), inputs[0].end(), session.input(0).data);
  const Status cancelled = session.run();
  REQUIRE_FALSE(cancelled);
  CHECK(cancelled.error().code == ErrorCode::Cancelled);
  const std::int64_t before = session.traffic()[1].read_bytes;
  std::copy(inputs[0].begin(), inputs[0].end(), session.input(0).data);
  REQUIRE(session.run());
  CHECK(session.traffic()[1].read_bytes - before >= preloaded);
  CHECK(read_outputs(session, plan) == *run_once(flat, inputs));
}

TEST_CASE("streamed weights are read where they lie, and activations are not") {
  const graph::Graph graph = waiting_branches();
  const Plan flat = compiled(graph).plan;
  const auto inputs = random_inputs(flat);
  const CompileOptions how{.planner = {.stream_weights = true}};
  for (const std::int64_t bytes : fast_sizes(model_of(graph), how)) {
    CompileOptions options = how;
    options.banks = two_banks(bytes);
    const Compilation compilation = compiled(graph, options);
    GuardedBanks banks(compilation.plan, Weights::Readable);
    Session session = session_of(banks.plan(), banks.options());
    banks.open();
    std::copy(inputs[0].begin(), inputs[0].end(), session.input(0).data);
    banks.close();
    REQUIRE(session.run());
    banks.open();
    CHECK(read_outputs(session, banks.plan()) == *run_once(flat, inputs));
    const TrafficProof planned = compilation.plan.traffic();
    const BankTraffic measured = session.traffic()[1];
    const std::int64_t total = measured.read_bytes + measured.written_bytes;
    // Kernels read the bytes there are, the plan counts units.
    const auto constants = static_cast<std::int64_t>(compilation.problem.storages.size()) * 64;
    CHECK(total <= planned.total_bytes());
    CHECK(total > planned.total_bytes() - constants);
    CHECK(banks.loaded_bytes + banks.stored_bytes ==
          planned.activations_compulsory_bytes + planned.activations_avoidable_bytes);
  }
}

TEST_CASE("the guard stops a kernel that reads outside") {
  const Plan plan = compiled(small_network(), {.banks = two_banks(1 << 20)}).plan;
  GuardedBanks banks(plan);
  auto flat = std::make_shared<runtime::FlatPlan>(banks.plan().flat());
  flat->steps[0].packed_region = runtime::Region::Constants;
  flat->steps[0].packed_offset_bytes = 0;
  REQUIRE(runtime::check_plan(*flat));
  Session session = session_of(Plan(flat), banks.options());
  Session right = session_of(banks.plan(), banks.options());
  banks.close();
  const auto run = [](void* user) { std::ignore = static_cast<Session*>(user)->run(); };
  CHECK(is_stopped(run, &session));
  CHECK_FALSE(is_stopped(run, &right));
}

TEST_CASE("a plan says what it needs of each bank") {
  const Plan plan = compiled(small_network(), {.banks = two_banks(1 << 16)}).plan;
  const Requirements needs = plan.requirements();
  REQUIRE(needs.banks.size() == 2);
  CHECK(needs.banks[0].name == "tcm");
  CHECK(needs.banks[0].bytes == needs.arena_bytes);
  CHECK(needs.banks[0].bytes <= 1 << 16);
  CHECK(needs.banks[1].name == "external");
  CHECK(needs.banks[1].bytes >= 8 * 8 * 3 * 4);
  CHECK(needs.banks[1].weight_bytes >= needs.packed_weight_bytes);
  CHECK(compiled(small_network()).plan.requirements().banks.empty());
  CHECK(compiled(small_network()).plan.traffic().total_bytes() == 0);
}

TEST_CASE("banks that are too small are named, with the least size and what makes it") {
  const Model model = model_of(small_network());
  const std::int64_t least = fast_sizes(model, {}).front();
  const auto tight = compile(model, {.banks = two_banks(least - 64)});
  REQUIRE_FALSE(tight);
  CHECK(tight.error().code == ErrorCode::Infeasible);
  CHECK_THAT(tight.error().message, ContainsSubstring("bank 'tcm': expected at least " +
                                                      std::to_string(least) + " bytes for op '"));
  CHECK_THAT(tight.error().message, ContainsSubstring("scratch "));
  CHECK_THAT(tight.error().message, ContainsSubstring(".packed' "));
  std::vector<Bank> banks = two_banks(least);
  banks[1].bytes = least + 1000;
  REQUIRE(compile(model, {.banks = banks}));
  banks[1].bytes = 500;
  banks[0].bytes = least;
  const auto outside = compile(model, {.banks = banks});
  REQUIRE_FALSE(outside);
  CHECK(outside.error().code == ErrorCode::Infeasible);
  CHECK_THAT(outside.error().message, ContainsSubstring("bank 'external': expected at least "));
  CHECK_THAT(outside.error().message, ContainsSubstring("(weights "));
}

TEST_CASE("options of banks that make no sense, or cannot be run, are refused") {
  const Model model = model_of(small_network());
  const auto refusal = [&](const CompileOptions& options, ErrorCode code) {
    const auto plan = compile(model, options);
    REQUIRE_FALSE(plan);
    CHECK(plan.error().code == code);
    return plan.error().message;
  };
  const auto invalid = ErrorCode::InvalidArgument;
  CHECK(refusal({.banks = {{.name = "tcm", .bytes = 1}}}, invalid) ==
        "banks: expected a fast and an external bank, got one");
  CHECK(refusal({.banks = {{.name = "a", .bytes = 1}, {.name = "a", .bytes = 1}}}, invalid) ==
        "banks: expected banks with names of their own, got 'a' twice");
  CHECK(refusal({.memory_limit_bytes = 100, .banks = two_banks(1000)}, invalid) ==
        "banks: expected no memory limit beside them: their sizes are limits");
  CHECK_THAT(refusal({.banks = two_banks(-1)}, invalid), ContainsSubstring("bank"));
  CHECK_THAT(refusal({.banks = two_banks(1 << 20), .tuning = {.mode = TuningMode::InSitu}},
                     ErrorCode::Unsupported),
             ContainsSubstring("expected kernels that are settled"));
}

}  // namespace tilewright::tests
