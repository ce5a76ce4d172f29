// SPDX-License-Identifier: Apache-2.0
// Plans with banks: what is refused when one lies, what survives a file, what a session asks for.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <utility>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "runtime/bytes.h"
#include "runtime/flat_plan.h"
#include "runtime/plan_file.h"
#include "tests/lib/bank_graphs.h"
#include "tests/lib/network_run.h"
#include "tests/runtime/allocation_count.h"

namespace tilewright::runtime {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr std::int64_t kFastBytes = 16'384;

CompileOptions with_banks(std::int64_t fast_bytes = kFastBytes) {
  return {.banks = {{.name = "tcm", .bytes = fast_bytes},
                    {.name = "external", .bytes = std::int64_t{1} << 30}},
          .planner = {.steady_state = true}};
}

Plan banked_plan() {
  return tests::compiled(tests::small_network(), with_banks()).plan;
}

bool is_split(const Operand& operand) {
  return operand.rest.has_value();
}

bool stages_input(const Step& step) {
  return step.stage_bytes > 0 && std::ranges::any_of(step.src, is_split);
}

/// A plan whose steps stream, one of them an input from both banks through a stage.
Plan streaming_plan() {
  const graph::Graph graph = tests::branches_with_weights();
  CompileOptions options = with_banks(1 << 20);
  options.planner = {.execution = Execution::Streaming, .stage_bytes = 16'384};
  for (std::int64_t bytes = tests::compiled(graph, options).plan.flat().arena_bytes;; bytes -= 64) {
    options.banks = with_banks(bytes).banks;
    Plan plan = tests::compiled(graph, options).plan;
    if (std::ranges::any_of(plan.flat().steps, stages_input)) return plan;
  }
}

Step& split_step(FlatPlan& plan) {
  return *std::ranges::find_if(plan.steps, stages_input);
}

Operand& split_operand(FlatPlan& plan) {
  return *std::ranges::find_if(split_step(plan).src, is_split);
}

/// The error of a plan with banks after a lie; empty if it was believed.
std::string bank_refusal(const std::function<void(FlatPlan&)>& lie,
                         const Plan& honest = banked_plan()) {
  FlatPlan plan = honest.flat();
  lie(plan);
  const Status status = check_plan(plan);
  if (status) return "";
  CHECK(status.error().code == ErrorCode::InvalidModel);
  return status.error().message;
}

std::string creation_error(const Plan& plan, const SessionOptions& options, ErrorCode code) {
  const auto session = Session::create(plan, options);
  if (session) return "";
  CHECK(session.error().code == code);
  return session.error().message;
}

/// Changes each of the last `count` bytes of a file's structure, where the banks stand, and runs
/// what is believed.
void check_changed_bytes(const std::vector<std::byte>& file, std::size_t count) {
  std::uint64_t structure_bytes = 0;
  std::memcpy(&structure_bytes, &file[24], sizeof structure_bytes);
  constexpr std::size_t kBegin = 48;
  const std::size_t end = kBegin + static_cast<std::size_t>(structure_bytes);
  for (std::size_t at = std::max(end, kBegin + count) - count; at < end; ++at) {
    for (const unsigned flipped : {0x01U, 0x80U, 0xFFU}) {
      auto changed = file;
      changed[at] ^= static_cast<std::byte>(flipped);
      const std::uint64_t sum =
          checksum(std::span(changed).subspan(kBegin, static_cast<std::size_t>(structure_bytes)));
      std::memcpy(&changed[32], &sum, sizeof sum);
      const auto plan = Plan::load(changed);
      if (plan) {
        Session session = tests::session_of(*plan);
        CHECK(session.run());
      }
    }
  }
}

}  // namespace

TEST_CASE("a plan with banks has transfers, weights to preload, and passes") {
  const Plan plan = banked_plan();
  REQUIRE(plan.flat().banks);
  CHECK_FALSE(plan.flat().banks->transfers.empty());
  CHECK_FALSE(plan.flat().banks->preload.empty());
  CHECK(bank_refusal([](FlatPlan&) {}) == "");
}

TEST_CASE("transfers that leave their regions, or go where they may not, are refused") {
  const auto change = [](const std::function<void(Transfer&)>& lie) {
    return bank_refusal([&](FlatPlan& plan) { lie(plan.banks->transfers.front()); });
  };
  const std::string outside = "plan: transfer 0: expected bytes inside both regions";
  CHECK(change([](Transfer& t) { t.bytes = 0; }) == outside);
  CHECK(change([](Transfer& t) { t.bytes = INT64_MAX; }) == outside);
  CHECK(change([](Transfer& t) { t.from_offset_bytes = -64; }) == outside);
  CHECK(change([](Transfer& t) { t.to_offset_bytes = INT64_MAX; }) == outside);
  const std::string direction = "plan: transfer 0: expected bytes that go to or from the fast bank";
  CHECK(change([](Transfer& t) { t.to = Region::Constants; }) == direction);
  CHECK(change([](Transfer& t) { t.from = Region::Packed; }) == direction);
  CHECK(change([](Transfer& t) { t.from = t.to = Region::External; }) == direction);
}

TEST_CASE("transfers out of order, or without end, are refused") {
  const std::string order = "expected steps of the plan, in their order";
  CHECK_THAT(bank_refusal([](FlatPlan& plan) { plan.banks->transfers.front().step = -1; }),
             ContainsSubstring(order));
  CHECK_THAT(bank_refusal([](FlatPlan& plan) { plan.banks->transfers.back().step = 1000; }),
             ContainsSubstring(order));
  CHECK_THAT(bank_refusal([](FlatPlan& plan) {
               std::swap(plan.banks->transfers.front().step, plan.banks->transfers.back().step);
             }),
             ContainsSubstring(order));
  CHECK_THAT(bank_refusal([](FlatPlan& plan) {
               const Transfer last = plan.banks->transfers.back();
               plan.banks->transfers.insert(plan.banks->transfers.end(), 100'000, last);
             }),
             ContainsSubstring("each byte of the fast bank thrice at most"));
}

TEST_CASE("other lies about banks are refused") {
  const auto names = "plan: banks: expected two names that differ";
  CHECK(bank_refusal([](FlatPlan& plan) { plan.banks->fast_name = ""; }) == names);
  CHECK(bank_refusal([](FlatPlan& plan) { plan.banks->fast_name = "external"; }) == names);
  CHECK(bank_refusal([](FlatPlan& plan) { plan.banks->external_bytes = -1; }) ==
        "plan: external bank: expected a size in range");
  CHECK_THAT(bank_refusal([](FlatPlan& plan) { plan.banks->external_bytes += 1 << 20; }),
             ContainsSubstring("plan: external bank: expected the "));
  CHECK(bank_refusal([](FlatPlan& plan) {
          plan.banks->preload.front().from = Region::Arena;
          plan.banks->preload.front().from_offset_bytes = 0;
        }) == "plan: preload: expected constants alone");
  CHECK_THAT(bank_refusal([](FlatPlan& plan) { plan.banks->proof.lower_bound_bytes = -1; }),
             ContainsSubstring("plan: traffic: expected counts from 0"));
  CHECK_THAT(bank_refusal([](FlatPlan& plan) {
               plan.steps[0].src[0].region = Region::External;
               plan.steps[0].src[0].offset_bytes = plan.banks->external_bytes;
             }),
             ContainsSubstring("expected an operand inside its region"));
  CHECK_THAT(bank_refusal([](FlatPlan& plan) {
               plan.steps[0].packed_offset_bytes = plan.steps[0].dst.offset_bytes;
             }),
             ContainsSubstring("expected packed weights beside the output and the scratch"));
  CHECK_THAT(bank_refusal([](FlatPlan& plan) { plan.steps[0].packed_region = Region::External; }),
             ContainsSubstring("packed weights of the size of its kernel"));
  CHECK(bank_refusal([](FlatPlan& plan) { plan.banks.reset(); }) != "");
}

TEST_CASE("lies about operands in two banks are refused") {
  const Plan honest = streaming_plan();
  const auto refused = [&](const std::function<void(FlatPlan&)>& lie) {
    return bank_refusal(lie, honest);
  };
  const std::string sides = "split operands with bytes on both sides, inside both banks";
  CHECK(refused([](FlatPlan&) {}) == "");
  CHECK_THAT(refused([](FlatPlan& plan) { split_operand(plan).rest->offset_bytes += 1 << 20; }),
             ContainsSubstring(sides));
  CHECK_THAT(refused([](FlatPlan& plan) { split_operand(plan).rest->offset_bytes = -64; }),
             ContainsSubstring(sides));
  CHECK_THAT(refused([](FlatPlan& plan) { split_operand(plan).rest->begin_bytes = 0; }),
             ContainsSubstring(sides));
  CHECK_THAT(refused([](FlatPlan& plan) { split_operand(plan).rest->begin_bytes += 1; }),
             ContainsSubstring(sides));
  CHECK_THAT(refused([](FlatPlan& plan) {
               Operand& operand = split_operand(plan);
               operand.rest->begin_bytes = operand.shape.elements() * size_bytes(operand.dtype);
             }),
             ContainsSubstring(sides));
  CHECK_THAT(refused([](FlatPlan& plan) {
               Operand& operand = split_operand(plan);
               operand.region = Region::External;
               operand.offset_bytes = 0;  // the arena's offset may be outside that bank
             }),
             ContainsSubstring("split operands of which its kernel reads known rows"));
  CHECK_THAT(refused([](FlatPlan& plan) { split_step(plan).stage_bytes = 0; }),
             ContainsSubstring("expected a stage of at least "));
  CHECK_THAT(refused([](FlatPlan& plan) { split_step(plan).stage_bytes = -64; }),
             ContainsSubstring("and a stage, inside the arena"));
  CHECK_THAT(refused([](FlatPlan& plan) { split_step(plan).stage_bytes += 1 << 20; }),
             ContainsSubstring("and a stage, inside the arena"));
  CHECK_THAT(refused([](FlatPlan& plan) {
               Step& step = split_step(plan);
               plan.banks->external_bytes = 1 << 20;
               step.dst.region = Region::External;
               step.dst.offset_bytes = 0;
               step.dst.rest.reset();
             }),
             ContainsSubstring("an output beside its inputs"));
}

TEST_CASE("a plan that streams survives its file, and each of its bytes is judged") {
  const Plan plan = streaming_plan();
  const auto file = write_plan(plan.flat());
  const auto again = Plan::load(file);
  REQUIRE(again);
  CHECK(write_plan(again->flat()) == file);
  const auto inputs = graph::tests::random_inputs(tests::branches_with_weights(), 3);
  CHECK(tests::outputs_of(*again, inputs) == tests::outputs_of(plan, inputs));
  check_changed_bytes(file, 6000);
}

TEST_CASE("a run that streams does not allocate") {
  if (!tests::can_count_allocations()) SKIP("a sanitizer has the heap");
  const Plan plan = streaming_plan();
  Session session = tests::session_of(plan);
  const std::int64_t before = tests::allocation_count();
  REQUIRE(session.run());
  CHECK(tests::allocation_count() == before);
}

TEST_CASE("a plan with banks survives its file") {
  const Plan plan = banked_plan();
  const auto file = write_plan(plan.flat());
  const auto again = Plan::load(file);
  REQUIRE(again);
  CHECK(write_plan(again->flat()) == file);
  CHECK(again->traffic().total_bytes() == plan.traffic().total_bytes());
  CHECK(again->traffic().lower_bound_bytes == plan.traffic().lower_bound_bytes);
  CHECK(again->requirements().banks[1].bytes == plan.requirements().banks[1].bytes);
  const auto inputs = graph::tests::random_inputs(tests::small_network(), 3);
  CHECK(tests::outputs_of(*again, inputs) == tests::outputs_of(plan, inputs));
}

TEST_CASE("a changed byte of a plan with banks is refused or does no harm") {
  check_changed_bytes(write_plan(banked_plan().flat()), 1200);
}

TEST_CASE("a session takes the memory of its banks from where it is told") {
  const Plan plan = banked_plan();
  const auto needs = plan.requirements().banks;
  alignas(64) static std::byte tcm[kFastBytes];
  const BankMemory fast{.name = "tcm", .memory = tcm, .bytes = kFastBytes};
  std::int64_t given = 0;
  const Allocator allocator{[](void* user, std::int64_t bytes, std::int64_t alignment) {
                              *static_cast<std::int64_t*>(user) += bytes;
                              return std::aligned_alloc(static_cast<std::size_t>(alignment),
                                                        static_cast<std::size_t>(bytes));
                            },
                            [](void*, void* memory, std::int64_t) { std::free(memory); }, &given};
  {
    Session session =
        tests::session_of(plan, {.banks = {fast, {.name = "external", .allocator = allocator}}});
    CHECK(session.run());
    CHECK(given >= needs[1].bytes);
    CHECK(given < needs[1].bytes + 64);
    CHECK(
        std::any_of(std::begin(tcm), std::end(tcm), [](std::byte b) { return b != std::byte{0}; }));
  }
  const auto memory = ErrorCode::ResourceExhausted;
  CHECK(creation_error(plan, {.banks = {{.name = "tcm", .memory = tcm, .bytes = 64}}}, memory) ==
        "bank 'tcm': expected " + std::to_string(needs[0].bytes) + " bytes, got 64");
  CHECK(creation_error(plan, {.banks = {{.name = "tcm", .memory = tcm + 4, .bytes = kFastBytes}}},
                       memory) == "bank 'tcm': expected memory aligned to 64 bytes");
  const auto invalid = ErrorCode::InvalidArgument;
  CHECK(creation_error(plan, {.banks = {{.name = "sram"}}}, invalid) ==
        "session: expected the bank 'tcm' or 'external', got 'sram'");
  CHECK(creation_error(plan, {.banks = {fast, fast}}, invalid) ==
        "session: expected each bank once, got 'tcm' twice");
  CHECK(creation_error(tests::compiled(tests::small_network()).plan, {.banks = {fast}}, invalid) ==
        "session: expected no banks for a plan without them, got 'tcm'");
}

TEST_CASE("a run of a plan with banks neither allocates nor leaves counts behind") {
  if (!tests::can_count_allocations()) SKIP("a sanitizer has the heap");
  const Plan plan = banked_plan();
  Session session = tests::session_of(plan);
  REQUIRE(session.run());
  const auto first = session.traffic();
  const std::int64_t before = tests::allocation_count();
  const bool done = session.run().has_value() && session.run().has_value();
  CHECK(tests::allocation_count() == before);
  CHECK(done);
  const auto third = session.traffic();
  const std::int64_t per_run = plan.traffic().total_bytes();
  CHECK(third[1].read_bytes + third[1].written_bytes - first[1].read_bytes -
            first[1].written_bytes ==
        2 * per_run);
  // What leaves one bank arrives in the other.
  CHECK(third[0].written_bytes >= third[1].read_bytes);
  CHECK(third[0].read_bytes >= third[1].written_bytes);
}

}  // namespace tilewright::runtime
