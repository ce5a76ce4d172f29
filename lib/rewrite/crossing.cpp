// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/crossing.h"

#include "lib/rewrite/reshape_groups.h"

namespace tilewright::rewriting {
namespace {

/// A value per dimension of the transposed tensor as a value per dimension of the original.
Axes in_original_order(const Axes& values, const Permutation& order) {
  Axes result{};
  for (std::size_t i = 0; i < order.size(); ++i)
    result[static_cast<std::size_t>(order[i])] = values[i];
  return result;
}

/// The order of the dimensions that remain after those of the original marked in `removed` are
/// gone.
Permutation without(const Permutation& order, std::uint32_t removed) {
  std::vector<int> place(order.size());
  int places = 0;
  for (std::size_t axis = 0; axis < order.size(); ++axis) {
    place[axis] = places;
    if ((removed >> axis & 1U) == 0) ++places;
  }
  Permutation result;
  for (const int axis : order) {
    if ((removed >> axis & 1U) == 0) result.push_back(place[static_cast<std::size_t>(axis)]);
  }
  return result;
}

struct Sinker {
  const Permutation& order;
  const Shape& src;
  const Shape& dst;

  using Answer = std::optional<Crossing>;

  [[nodiscard]] std::int32_t original(std::int32_t axis) const {
    return order[static_cast<std::size_t>(axis)];
  }

  Answer operator()(const Activate& op) const { return Crossing{op, order}; }
  Answer operator()(const Unary& op) const { return Crossing{op, order}; }
  Answer operator()(const Binary& op) const {
    if (src.rank() != dst.rank()) return std::nullopt;
    return Crossing{op, order};
  }
  Answer operator()(const Cast& op) const { return Crossing{op, order}; }
  Answer operator()(const Concat& op) const { return Crossing{Concat{original(op.axis)}, order}; }
  Answer operator()(const Softmax& op) const {
    return Crossing{Softmax{original(op.axis), op.beta}, order};
  }

  Answer operator()(const Slice& op) const {
    return Crossing{Slice{in_original_order(op.begin, order), in_original_order(op.size, order),
                          in_original_order(op.step, order)},
                    order};
  }

  Answer operator()(const Pad& op) const {
    return Crossing{Pad{op.mode, in_original_order(op.before, order),
                        in_original_order(op.after, order), op.value},
                    order};
  }

  Answer operator()(const Broadcast& op) const {
    if (src.rank() != dst.rank()) return std::nullopt;
    return Crossing{Broadcast{permuted(op.shape, inverse(order))}, order};
  }

  Answer operator()(const Reduce& op) const {
    Reduce crossed = op;
    crossed.axes = 0;
    for (std::size_t i = 0; i < order.size(); ++i)
      crossed.axes |= (op.axes >> i & 1U) << order[i];
    return Crossing{crossed, op.keep_dims ? order : without(order, crossed.axes)};
  }

  Answer operator()(const Gather& op) const {
    const int index_rank = dst.rank() - src.rank() + 1;
    const Gather crossed{original(op.axis)};
    if (index_rank == 1) return Crossing{crossed, order};
    if (index_rank == 0) return Crossing{crossed, without(order, 1U << crossed.axis)};
    return std::nullopt;
  }

  Answer operator()(const Reshape&) const {
    const auto moved = reshape_in_order(src, dst, order);
    if (!moved) return std::nullopt;
    return Crossing{Reshape{moved->shape}, moved->order};
  }

  template <typename T>
  Answer operator()(const T&) const {
    return std::nullopt;
  }
};

}  // namespace

std::optional<Crossing> sink_through(const Op& op, const Permutation& order, const Shape& src,
                                     const Shape& dst) {
  return std::visit(Sinker{order, src, dst}, op);
}

std::optional<Crossing> hoist_through(const Op& op, const Permutation& order, const Shape& src,
                                      const Shape& dst) {
  const Permutation back = inverse(order);
  if (std::holds_alternative<Reshape>(op)) {
    // The same identity read from right to left: the reshape back meets the transpose back.
    const auto moved = reshape_in_order(dst, src, back);
    if (!moved) return std::nullopt;
    return Crossing{Reshape{permuted(dst, order)}, inverse(moved->order)};
  }
  if (src.rank() != dst.rank()) return std::nullopt;
  const auto sunk = sink_through(op, back, src, dst);
  if (!sunk || sunk->order != back) return std::nullopt;
  return Crossing{sunk->op, order};
}

}  // namespace tilewright::rewriting
