// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/reshape_groups.h"

#include <algorithm>
#include <numeric>

namespace tilewright::rewriting {
namespace {

/// The dimensions [src_begin, src_end) of one shape hold the elements of [dst_begin, dst_end) of
/// the other.
struct Group {
  int src_begin = 0, src_end = 0;
  int dst_begin = 0, dst_end = 0;
};

/// The finest groups. Dimensions of extent 1 that are added join the group before them.
std::vector<Group> groups_of(const Shape& src, const Shape& dst) {
  std::vector<Group> groups;
  int i = 0;
  int j = 0;
  while (i < src.rank() || j < dst.rank()) {
    Group group{i, i, j, j};
    std::int64_t src_extent = 1;
    std::int64_t dst_extent = 1;
    if (i < src.rank()) src_extent = src[i++];
    // A 1 of src that meets none in dst vanishes: its group has no dimensions there.
    const bool vanishes = src_extent == 1 && (j >= dst.rank() || dst[j] != 1);
    if (!vanishes && j < dst.rank()) dst_extent = dst[j++];
    while (src_extent != dst_extent) {
      if (src_extent < dst_extent) {
        src_extent *= src[i++];
      } else {
        dst_extent *= dst[j++];
      }
    }
    group.src_end = i;
    group.dst_end = j;
    const bool is_added = group.src_begin == group.src_end;
    if (is_added && !groups.empty()) {
      groups.back().dst_end = j;
    } else {
      groups.push_back(group);
    }
  }
  return groups;
}

/// For each dimension of src that is not 1: its place in x among those.
std::vector<int> places_in_original(const Shape& src, const Permutation& order) {
  std::vector<int> place(order.size(), -1);
  int next = 0;
  for (const int axis : inverse(order)) {
    if (src[axis] != 1) place[static_cast<std::size_t>(axis)] = next++;
  }
  return place;
}

bool are_neighbours(const Group& group, const std::vector<int>& place) {
  int last = -1;
  for (int axis = group.src_begin; axis < group.src_end; ++axis) {
    const int here = place[static_cast<std::size_t>(axis)];
    if (here < 0) continue;
    if (last >= 0 && here != last + 1) return false;
    last = here;
  }
  return true;
}

/// Where a group stands in x: at its first dimension that is not 1, or its first one.
int place_of(const Group& group, const Shape& src, const Permutation& order) {
  for (int axis = group.src_begin; axis < group.src_end; ++axis) {
    if (src[axis] != 1) return order[static_cast<std::size_t>(axis)];
  }
  return group.src_begin == group.src_end ? -1 : order[static_cast<std::size_t>(group.src_begin)];
}

}  // namespace

std::optional<ReorderedReshape> reshape_in_order(const Shape& src, const Shape& dst,
                                                 const Permutation& order) {
  if (src.elements() == 0) return std::nullopt;
  const std::vector<Group> groups = groups_of(src, dst);
  const std::vector<int> place = places_in_original(src, order);
  for (const Group& group : groups) {
    if (!are_neighbours(group, place)) return std::nullopt;
  }
  std::vector<std::size_t> by_place(groups.size());
  std::iota(by_place.begin(), by_place.end(), std::size_t{0});
  std::ranges::stable_sort(by_place, {},
                           [&](std::size_t i) { return place_of(groups[i], src, order); });
  std::vector<std::int64_t> dims;
  Permutation result(static_cast<std::size_t>(dst.rank()));
  for (const std::size_t i : by_place) {
    for (int axis = groups[i].dst_begin; axis < groups[i].dst_end; ++axis) {
      result[static_cast<std::size_t>(axis)] = static_cast<int>(dims.size());
      dims.push_back(dst[axis]);
    }
  }
  return ReorderedReshape{Shape(dims), result};
}

}  // namespace tilewright::rewriting
