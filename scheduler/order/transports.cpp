// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/transports.h"

#include <algorithm>

#include "scheduler/order/max_flow.h"

namespace tilewright::scheduler {
namespace {

using OpSetWords = std::vector<OpWord>;

class Router {
 public:
  Router(const OrderGraph& graph, std::span<const OpWord> base,
         const std::vector<std::int32_t>& ops)
      : graph_(graph), base_(base), ops_(ops), before_(graph.ops.size()) {
    for (const std::int32_t op : ops) {
      OpSetWords& before = before_[static_cast<std::size_t>(op)];
      before.assign(base.size(), 0);
      flip_op(before, op);
      for_each_cause(graph, op, [&](std::int32_t cause) {
        const OpSetWords& earlier = before_[static_cast<std::size_t>(cause)];
        for (std::size_t i = 0; i < earlier.size(); ++i)
          before[i] |= earlier[i];
      });
    }
  }

  struct Edge {
    std::int32_t position = 0;
    Transport transport;
  };

  std::vector<Transport> run() {
    list_storages();
    std::vector<Edge> edges;
    network_.reset(2 + static_cast<std::int32_t>(closed_.size() + opened_.size()));
    const auto first_opened = 2 + static_cast<std::int32_t>(closed_.size());
    for (std::size_t i = 0; i < opened_.size(); ++i)
      network_.add_edge(first_opened + static_cast<std::int32_t>(i), kSink, bytes(opened_[i]));
    for (std::size_t i = 0; i < closed_.size(); ++i) {
      const auto from = 2 + static_cast<std::int32_t>(i);
      network_.add_edge(kSource, from, bytes(closed_[i]));
      for (std::size_t k = 0; k < opened_.size(); ++k) {
        if (!implies(closed_[i], opened_[k])) continue;
        const auto to = first_opened + static_cast<std::int32_t>(k);
        const std::int32_t position = network_.add_edge(from, to, kInfiniteCapacity);
        edges.push_back({position, {closed_[i], opened_[k], 0}});
      }
    }
    network_.max_flow(kSource, kSink);
    std::vector<Transport> transports;
    for (Edge& edge : edges) {
      edge.transport.bytes = network_.flow(edge.position);
      if (edge.transport.bytes > 0) transports.push_back(edge.transport);
    }
    return transports;
  }

 private:
  static constexpr std::int32_t kSource = 0;
  static constexpr std::int32_t kSink = 1;

  [[nodiscard]] const OrderStorage& at(std::int32_t storage) const {
    return graph_.storages[static_cast<std::size_t>(storage)];
  }
  [[nodiscard]] std::int64_t bytes(std::int32_t storage) const { return at(storage).bytes; }

  void list_storages() {
    OpSetWords end(base_.begin(), base_.end());
    for (const std::int32_t op : ops_)
      flip_op(end, op);
    const auto in_base = [&](std::int32_t op) { return has_op(base_, op); };
    const auto in_end = [&](std::int32_t op) { return has_op(end, op); };
    for (std::size_t i = 0; i < graph_.storages.size(); ++i) {
      const OrderStorage& storage = graph_.storages[i];
      if (storage.bytes == 0) continue;
      const bool open = storage.open_at_start || std::ranges::any_of(storage.openers, in_base);
      if (!open && std::ranges::any_of(storage.openers, in_end)) {
        opened_.push_back(static_cast<std::int32_t>(i));
      }
      const bool closes = !storage.stays_open && std::ranges::all_of(storage.closers, in_end) &&
                          !std::ranges::all_of(storage.closers, in_base);
      if (closes) closed_.push_back(static_cast<std::int32_t>(i));
    }
  }

  /// Whether all closers of `closed` have run only if some opener of `opened` has.
  [[nodiscard]] bool implies(std::int32_t closed, std::int32_t opened) const {
    return std::ranges::any_of(at(closed).closers, [&](std::int32_t closer) {
      const OpSetWords& before = before_[static_cast<std::size_t>(closer)];
      return !before.empty() && std::ranges::any_of(at(opened).openers, [&](std::int32_t opener) {
        return has_op(before, opener);
      });
    });
  }

  const OrderGraph& graph_;
  std::span<const OpWord> base_;
  const std::vector<std::int32_t>& ops_;
  std::vector<OpSetWords> before_;  // of the ops between: those that must have run, itself included
  std::vector<std::int32_t> closed_;
  std::vector<std::int32_t> opened_;
  FlowNetwork network_;
};

}  // namespace

std::vector<Transport> transports_between(const OrderGraph& graph, std::span<const OpWord> base,
                                          const std::vector<std::int32_t>& ops) {
  return Router(graph, base, ops).run();
}

}  // namespace tilewright::scheduler
