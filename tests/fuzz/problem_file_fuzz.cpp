// SPDX-License-Identifier: Apache-2.0
// Any bytes are a problem or an error; a small problem is solved, drawn, and written back the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tilewright/detail/check.h"

#include "scheduler/draw.h"
#include "scheduler/problem_file.h"
#include "scheduler/solve.h"
#include "scheduler/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace scheduler = tilewright::scheduler;
  const auto problem =
      scheduler::read_problem(std::string_view(reinterpret_cast<const char*>(bytes), size));
  if (!problem) return 0;
  const auto again = scheduler::read_problem(scheduler::write_problem(*problem));
  TILEWRIGHT_CHECK(again && *again == *problem);
  if (problem->ops.size() > 64 || problem->storages.size() > 128) return 0;
  const auto solution = scheduler::solve(
      *problem, {.max_order_states = 200, .max_arena_nodes = 500, .max_other_orders = 1});
  if (!solution) {
    TILEWRIGHT_CHECK(solution.error().code == tilewright::ErrorCode::Infeasible);
    return 0;
  }
  TILEWRIGHT_CHECK(scheduler::validate(*problem, *solution));
  TILEWRIGHT_CHECK(!scheduler::draw(*problem, *solution).empty());
  return 0;
}
