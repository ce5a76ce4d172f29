// SPDX-License-Identifier: Apache-2.0
// Bounds are certified exactly if they hold.
#include "scheduler/order/order_certificate.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/scheduler/oracle.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

TEST_CASE("a bound has a certificate exactly if no order is below it", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 1500; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 400'000, {.min_ops = 2, .max_ops = 8});
    const Dependencies lists = dependencies(problem);
    std::vector<std::int32_t> order;
    for (const OpId id : serialized_order(problem, lists))
      order.push_back(static_cast<std::int32_t>(index(id)));
    const OrderGraph graph = order_graph(problem, lists);
    const std::int64_t least = Oracle(problem).least_peak_bytes();
    REQUIRE(certify_order(graph, order, least, {}));
    REQUIRE_FALSE(certify_order(graph, order, least + 1, {}));
  }
}

}  // namespace
}  // namespace tilewright::scheduler
