// SPDX-License-Identifier: Apache-2.0
#include "scheduler/dependencies.h"

#include <functional>
#include <queue>

namespace tilewright::scheduler {

Dependencies dependencies(const Problem& problem) {
  Dependencies lists;
  lists.writers.resize(problem.storages.size());
  lists.readers.resize(problem.storages.size());
  lists.followers.resize(problem.ops.size());
  for (std::size_t i = 0; i < problem.ops.size(); ++i) {
    const Op& op = problem.ops[i];
    for (const StorageId id : op.writes)
      lists.writers[index(id)].push_back(op_id(i));
    for (const StorageId id : op.reads)
      lists.readers[index(id)].push_back(op_id(i));
    for (const OpId id : op.after)
      lists.followers[index(id)].push_back(op_id(i));
  }
  return lists;
}

namespace {

/// Counts what each op still waits for: incomplete storages it reads and ops of its `after` list.
class Waiting {
 public:
  Waiting(const Problem& problem, const Dependencies& lists) : problem_(problem), lists_(lists) {
    for (const auto& writers : lists.writers)
      writers_left_.push_back(writers.size());
    for (const Op& op : problem.ops) {
      std::size_t causes = op.after.size();
      for (const StorageId id : op.reads)
        causes += writers_left_[index(id)] > 0 ? 1 : 0;
      causes_left_.push_back(causes);
    }
  }

  [[nodiscard]] bool is_ready(OpId id) const { return causes_left_[index(id)] == 0; }

  /// Runs `id` and calls `ready` for each op that waits for nothing more.
  template <typename F>
  void run(OpId id, const F& ready) {
    const auto release = [&](OpId op) {
      if (--causes_left_[index(op)] == 0) ready(op);
    };
    for (const StorageId written : problem_.ops[index(id)].writes) {
      if (--writers_left_[index(written)] > 0) continue;
      for (const OpId reader : lists_.readers[index(written)])
        release(reader);
    }
    for (const OpId follower : lists_.followers[index(id)])
      release(follower);
  }

 private:
  const Problem& problem_;
  const Dependencies& lists_;
  std::vector<std::size_t> writers_left_;
  std::vector<std::size_t> causes_left_;
};

}  // namespace

std::vector<OpId> serialized_order(const Problem& problem, const Dependencies& dependencies) {
  Waiting waiting(problem, dependencies);
  std::priority_queue<OpId, std::vector<OpId>, std::greater<>> ready;
  for (std::size_t i = 0; i < problem.ops.size(); ++i) {
    if (waiting.is_ready(op_id(i))) ready.push(op_id(i));
  }
  std::vector<OpId> order;
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    waiting.run(order.back(), [&](OpId id) { ready.push(id); });
  }
  return order;
}

}  // namespace tilewright::scheduler
