// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/permutation.h"

#include <numeric>

namespace tilewright::rewriting {

Permutation identity_permutation(int rank) {
  Permutation order(static_cast<std::size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

Permutation permutation_of(const graph::Node& transpose, int rank) {
  const auto& op = *std::get_if<Transpose>(&transpose.op);
  return {op.perm.begin(), op.perm.begin() + rank};
}

Transpose transpose_op(const Permutation& order) {
  Transpose op;
  for (std::size_t i = 0; i < order.size(); ++i)
    op.perm[i] = static_cast<std::int8_t>(order[i]);
  return op;
}

bool is_identity(const Permutation& order) {
  return order == identity_permutation(static_cast<int>(order.size()));
}

Permutation inverse(const Permutation& order) {
  Permutation result(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    result[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  return result;
}

Permutation then(const Permutation& first, const Permutation& second) {
  TILEWRIGHT_CHECK(first.size() == second.size());
  Permutation result(second.size());
  for (std::size_t i = 0; i < second.size(); ++i)
    result[i] = first[static_cast<std::size_t>(second[i])];
  return result;
}

Shape permuted(const Shape& shape, const Permutation& order) {
  Shape result = shape;
  for (std::size_t i = 0; i < order.size(); ++i)
    result[static_cast<int>(i)] = shape[order[i]];
  return result;
}

bool keeps_element_order(const Permutation& order, const Shape& shape) {
  int last = -1;
  for (const int axis : order) {
    if (shape[axis] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

}  // namespace tilewright::rewriting
