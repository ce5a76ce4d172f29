// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_twins.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace tilewright::scheduler {
namespace {

using Ops = std::vector<std::int32_t>;

template <typename ForEach>
Ops neighbours(const ForEach& for_each) {
  Ops result;
  for_each([&](std::int32_t op) { result.push_back(op); });
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

/// Whether exchanging ops `a` and `b`, and the storages that they alone open, changes nothing.
class Exchange {
 public:
  Exchange(const OrderGraph& graph, std::int32_t a, std::int32_t b) : graph_(graph), a_(a), b_(b) {}

  bool changes_nothing() {
    const auto& a = at(a_).steps;
    const auto& b = at(b_).steps;
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!match_opens(a[i], b[i])) return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!is_image(a[i], b[i]) || !is_image(b[i], a[i])) return false;
    }
    return std::ranges::all_of(readers_, [&](std::int32_t op) {
      return std::ranges::all_of(at(op).steps,
                                 [&](const OrderStep& step) { return is_image(step, step); });
    });
  }

 private:
  [[nodiscard]] const OrderOp& at(std::int32_t op) const {
    return graph_.ops[static_cast<std::size_t>(op)];
  }
  [[nodiscard]] const OrderStorage& storage(std::int64_t id) const {
    return graph_.storages[static_cast<std::size_t>(id)];
  }

  /// Pairs the storages that the steps open.
  bool match_opens(const OrderStep& a, const OrderStep& b) {
    if (a.opens.size() != b.opens.size() || a.scratch_bytes != b.scratch_bytes) return false;
    for (std::size_t i = 0; i < a.opens.size(); ++i) {
      const OrderStorage& x = storage(a.opens[i]);
      const OrderStorage& y = storage(b.opens[i]);
      if (x.openers != Ops{a_} || y.openers != Ops{b_}) return false;
      if (x.bytes != y.bytes || x.stays_open != y.stays_open) return false;
      if (x.open_at_start || y.open_at_start || exchanged(x.closers) != y.closers) return false;
      image_[a.opens[i]] = b.opens[i];
      image_[b.opens[i]] = a.opens[i];
      readers_.insert(readers_.end(), x.closers.begin(), x.closers.end());
    }
    std::erase_if(readers_, [&](std::int32_t op) { return op == a_ || op == b_; });
    return true;
  }

  [[nodiscard]] Ops exchanged(Ops ops) const {
    for (std::int32_t& op : ops)
      op = op == a_ ? b_ : op == b_ ? a_ : op;
    std::sort(ops.begin(), ops.end());
    return ops;
  }

  [[nodiscard]] std::int64_t image(std::int64_t id) const {
    const auto found = image_.find(id);
    return found == image_.end() ? id : found->second;
  }

  /// Whether `b` is `a` with all storages exchanged.
  [[nodiscard]] bool is_image(const OrderStep& a, const OrderStep& b) const {
    std::vector<std::int64_t> closes_a;
    for (const std::int32_t id : a.closes)
      closes_a.push_back(image(id));
    std::vector<std::int64_t> closes_b(b.closes.begin(), b.closes.end());
    std::sort(closes_a.begin(), closes_a.end());
    std::sort(closes_b.begin(), closes_b.end());
    const auto pairs_of = [](const OrderStep& step, const auto& map) {
      std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t>> pairs;
      for (const WeightedPair& pair : step.pairs)
        pairs.emplace_back(map(pair.read), map(pair.write), pair.bytes);
      std::sort(pairs.begin(), pairs.end());
      return pairs;
    };
    return closes_a == closes_b && pairs_of(a, [&](std::int64_t id) { return image(id); }) ==
                                       pairs_of(b, [](std::int64_t id) { return id; });
  }

  const OrderGraph& graph_;
  std::int32_t a_;
  std::int32_t b_;
  std::unordered_map<std::int64_t, std::int64_t> image_;
  Ops readers_;
};

}  // namespace

void order_twins(OrderGraph& graph) {
  std::map<std::pair<Ops, Ops>, Ops> alike;  // by what they wait for and what waits for them
  std::vector<OrderWait> found;
  for (std::int32_t op = 0; op < graph.op_count(); ++op) {
    Ops causes = neighbours([&](const auto& f) { for_each_cause(graph, op, f); });
    Ops followers = neighbours([&](const auto& f) { for_each_follower(graph, op, f); });
    Ops& earlier = alike[{std::move(causes), std::move(followers)}];
    if (!earlier.empty() && Exchange(graph, earlier.back(), op).changes_nothing()) {
      found.push_back({{earlier.back()}, {op}});
    }
    earlier.push_back(op);
  }
  for (OrderWait& wait : found) {
    const auto position = static_cast<std::int32_t>(graph.waits.size());
    graph.ops[static_cast<std::size_t>(wait.earlier.front())].releases.push_back(position);
    graph.ops[static_cast<std::size_t>(wait.later.front())].waits.push_back(position);
    graph.waits.push_back(std::move(wait));
  }
}

}  // namespace tilewright::scheduler
