// SPDX-License-Identifier: Apache-2.0
// The solution's half of problem_file.h.
#include <nlohmann/json.hpp>

#include "scheduler/problem_file.h"
#include "scheduler/problem_file_json.h"

namespace tilewright::scheduler {
namespace {

using Json = nlohmann::ordered_json;

Json offset_list(const std::vector<std::optional<std::int64_t>>& offsets) {
  Json list = Json::array();
  for (const std::optional<std::int64_t>& offset : offsets) {
    list.push_back(offset ? Json(*offset) : Json(nullptr));
  }
  return list;
}

Json order_list(const std::vector<OpId>& order) {
  Json list = Json::array();
  for (const OpId id : order)
    list.push_back(index(id));
  return list;
}

Json use_list(const std::vector<InPlaceUse>& used) {
  Json list = Json::array();
  for (const InPlaceUse& use : used) {
    list.push_back(Json::array({index(use.op), index(use.read), index(use.write)}));
  }
  return list;
}

}  // namespace

std::string write_solution(const Problem& problem, const Solution& solution) {
  const Json json = {{"peak_bytes", solution.peak_bytes},
                     {"peak_lower_bound_bytes", solution.peak_lower_bound_bytes},
                     {"order_proven_optimal", solution.order_proven_optimal},
                     {"order_status", to_string(solution.order_status)},
                     {"arena_bytes", solution.arena_bytes},
                     {"arena_lower_bound_bytes", solution.arena_lower_bound_bytes},
                     {"arena_proven_optimal", solution.arena_proven_optimal},
                     {"jointly_optimal", solution.jointly_optimal},
                     {"serialized_order_peak_bytes", solution.serialized_order_peak_bytes},
                     {"greedy_arena_bytes", solution.greedy_arena_bytes},
                     {"order", order_list(solution.order)},
                     {"offsets", offset_list(solution.offsets)},
                     {"scratch_offsets", offset_list(solution.scratch_offsets)},
                     {"in_place_used", use_list(solution.in_place_used)},
                     {"problem", problem_json(problem)}};
  return json_text(json);
}

}  // namespace tilewright::scheduler
