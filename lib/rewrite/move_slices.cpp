// SPDX-License-Identifier: Apache-2.0
// Slices by addresses: a pool of one cell only picks pixels, so it is a slice; and a slice of
// padded values is a slice that is padded. Then the slice needs no step, and a window takes the
// padding in.
#include <algorithm>
#include <optional>

#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;

bool turn_pool_into_slice(Graph& graph, const Uses&, std::size_t index) {
  Node& node = graph.nodes[index];
  const auto* pool = std::get_if<Pool2d>(&node.op);
  if (pool == nullptr || pool->kernel_h != 1 || pool->kernel_w != 1) return false;
  const Window& window = pool->window;
  const bool pads = window.pad_top != 0 || window.pad_left != 0 || window.pad_bottom != 0 ||
                    window.pad_right != 0;
  if (pads || pool->activation.kind != ActivationKind::None) return false;
  if (!is_plain_float(graph.value(node.inputs[0]).spec)) return false;
  Slice slice;
  for (int axis = 0; axis < 4; ++axis)
    slice.size[static_cast<std::size_t>(axis)] = graph.value(node.output).spec.shape[axis];
  slice.step = {1, window.stride_h, window.stride_w, 1};
  node.op = slice;
  return true;
}

/// What is before the other, seen along one dimension.
struct Swapped {
  std::int64_t begin = 0, size = 0;    // of the slice, which is now the first
  std::int64_t before = 0, after = 0;  // cells that are added to it then
};

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

/// Cells begin, begin + step, .. of `extent` cells that follow `before` added ones; nothing if all
/// of them were added.
std::optional<Swapped> swap_along(std::int64_t extent, std::int64_t before, std::int64_t begin,
                                  std::int64_t size, std::int64_t step) {
  if (step < 1) return std::nullopt;
  const std::int64_t first = begin - before;  // in x, where it may lie outside
  const std::int64_t skipped = first < 0 ? ceil_div(-first, step) : 0;
  const std::int64_t end = std::clamp<std::int64_t>(ceil_div(extent - first, step), 0, size);
  if (skipped >= end) return std::nullopt;
  return Swapped{first + skipped * step, end - skipped, skipped, size - end};
}

bool move_before_pad(Graph& graph, const Uses& uses, std::size_t index) {
  const auto* slice = std::get_if<Slice>(&graph.nodes[index].op);
  if (slice == nullptr) return false;
  const graph::ValueId padded = graph.nodes[index].inputs[0];
  const Node* before = producer_of<Pad>(graph, uses, padded);
  if (before == nullptr || !is_read_once(graph, uses, padded)) return false;
  Pad pad = *std::get_if<Pad>(&before->op);
  if (pad.mode != PadMode::Constant) return false;
  const graph::ValueId x = before->inputs[0];
  Slice first = *slice;
  for (int axis = 0; axis < graph.value(x).spec.shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const auto swapped = swap_along(graph.value(x).spec.shape[axis], pad.before[i], slice->begin[i],
                                    slice->size[i], slice->step[i]);
    if (!swapped) return false;
    first.begin[i] = swapped->begin, first.size[i] = swapped->size;
    pad.before[i] = swapped->before, pad.after[i] = swapped->after;
  }
  const std::string name = graph.nodes[index].name;
  const graph::ValueId sliced = append_node(graph, name, first, {x});
  graph.nodes[index].op = pad;
  graph.nodes[index].inputs = {sliced};
  return true;
}

}  // namespace

Result<bool> move_slices(Graph& graph) {
  const bool found = apply_everywhere(graph, turn_pool_into_slice);
  return apply_everywhere(graph, move_before_pad) || found;
}

}  // namespace tilewright::rewriting
