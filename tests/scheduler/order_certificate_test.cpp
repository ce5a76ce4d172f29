// SPDX-License-Identifier: Apache-2.0
// Bounds are certified exactly if they hold.
#include "scheduler/order/order_certificate.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/order/flow_bound.h"
#include "tests/scheduler/oracle.h"
#include "tests/scheduler/order_case.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

/// The least that one op needs, by exhaustion, and at most the best over all ops.
std::int64_t greatest_least_need(const Oracle& oracle, std::size_t op_count) {
  std::int64_t greatest = std::max(oracle.live_bytes(0), oracle.live_bytes(oracle.all()));
  const std::vector<OpSet> sets = oracle.executable_sets();
  for (std::size_t op = 0; op < op_count; ++op) {
    std::int64_t least = INT64_MAX;
    for (const OpSet set : sets) {
      if (oracle.can_run(set, op)) least = std::min(least, oracle.needed_bytes(set, op));
    }
    greatest = std::max(greatest, least);
  }
  return greatest;
}

/// Those of parts included.
std::size_t state_count(const std::vector<CertifiedState>& states) {
  std::size_t count = states.size();
  for (const CertifiedState& state : states) {
    for (const StuckPart& part : state.parts)
      count += state_count(part.states);
  }
  return count;
}

TEST_CASE("a bound has a certificate exactly if no order is below it", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 1500; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 400'000, {.min_ops = 2, .max_ops = 8});
    const OrderCase given = order_case(problem);
    const std::int64_t least = Oracle(problem).least_peak_bytes();
    REQUIRE(certify_order(given.graph, given.order, least, {}));
    REQUIRE(certify_by_search(given.graph, given.order, least, {}));
    REQUIRE_FALSE(certify_order(given.graph, given.order, least + 1, {}));
  }
}

TEST_CASE("certificates of problems side by side are as long as those of both", "[scheduler]") {
  Problem problem;
  problem.alignment_bytes = 1;
  std::size_t alone = 0;
  std::size_t parts = 0;
  for (std::uint32_t seed = 0; parts < 6; ++seed) {
    const Problem part = random_problem(seed + 560'000, {.min_ops = 10, .max_ops = 12});
    const OrderCase given = order_case(part);
    const OrderResult found = search_order(part, {});
    const auto proof = certify_by_search(given.graph, given.order, found.lower_bound_bytes, {});
    REQUIRE(proof);
    if (state_count(proof->states) < 10) continue;
    problem = side_by_side(problem, part);
    alone += state_count(proof->states);
    ++parts;
  }
  const OrderCase given = order_case(problem);
  const OrderResult found = search_order(problem, {});
  REQUIRE(found.lower_bound_bytes == found.peak_bytes);
  const auto proof = certify_by_search(given.graph, given.order, found.peak_bytes, {});
  REQUIRE(proof);
  CAPTURE(alone, state_count(proof->states));
  CHECK(state_count(proof->states) < 4 * alone);
  CHECK_FALSE(certify_by_search(given.graph, given.order, found.peak_bytes + 1, {}));
}

TEST_CASE("a flow proves what the flow bound says and never more than one op needs",
          "[scheduler]") {
  int flow_tight = 0;
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    const Problem problem =
        random_problem(seed + 410'000, {.min_ops = 1, .max_ops = 8, .unaligned = seed % 4 == 0});
    const OrderCase given = order_case(problem);
    const Oracle oracle(problem);
    const std::int64_t flow =
        flow_bound_bytes(given.graph, given.order, operand_bound_bytes(given.graph));
    const auto proof = certify_flow(given.graph, given.order, flow);
    REQUIRE(proof);
    REQUIRE(proof->bound_bytes == flow);
    const std::int64_t need = greatest_least_need(oracle, problem.ops.size());
    REQUIRE_FALSE(certify_flow(given.graph, given.order, need + 1));
    flow_tight += flow == oracle.least_peak_bytes() && proof->op && !proof->flows.empty() ? 1 : 0;
  }
  REQUIRE(flow_tight > 200);
}

}  // namespace
}  // namespace tilewright::scheduler
