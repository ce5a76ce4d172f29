// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/fast_need.h"

#include <algorithm>
#include <vector>

#include "scheduler/cost.h"
#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {
namespace {

class NeedOfOp {
 public:
  NeedOfOp(const Problem& problem, OpId id)
      : problem_(problem), id_(id), op_(problem.ops[index(id)]) {}

  [[nodiscard]] std::int64_t bytes() const {
    std::int64_t bytes = working_bytes(problem_, op_);
    for (const auto* list : {&op_.reads, &op_.writes}) {
      for (const StorageId storage : *list)
        bytes += held_bytes(storage);
    }
    return bytes - credit_bytes();
  }

 private:
  [[nodiscard]] std::int64_t held_bytes(StorageId id) const {
    if (is_streamed(problem_, id)) return 0;
    return round_up(problem_.storages[index(id)].bytes, traffic_unit_bytes(problem_));
  }

  [[nodiscard]] std::int64_t credit_bytes() const {
    std::vector<InPlaceUse> usable;
    for (const InPlacePair& pair : op_.in_place) {
      if (!problem_.storages[index(pair.read)].output)
        usable.push_back({id_, pair.read, pair.write});
    }
    std::int64_t bytes = 0;
    for (const InPlaceUse& use : best_pairs(problem_, usable))
      bytes += std::min(held_bytes(use.read), held_bytes(use.write));
    return bytes;
  }

  const Problem& problem_;
  const OpId id_;
  const Op& op_;
};

}  // namespace

FastNeed fast_need(const Problem& problem) {
  FastNeed most;
  for (std::size_t i = 0; i < problem.ops.size(); ++i) {
    const std::int64_t bytes = NeedOfOp(problem, op_id(i)).bytes();
    if (bytes > most.bytes) most = {op_id(i), bytes};
  }
  return most;
}

}  // namespace tilewright::scheduler
