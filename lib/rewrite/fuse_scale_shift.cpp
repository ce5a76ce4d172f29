// SPDX-License-Identifier: Apache-2.0
// A scale and a shift per channel that no layer could take in, as batch norm before an activation,
// are one pass over the image instead of two: a depthwise convolution of 1x1. Of few channels, as
// of colours, a row of the image is one pixel of many channels: then its vectors are whole.
#include <optional>
#include <vector>

#include "lib/rewrite/affine.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/layer.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

/// `first` and then `second`.
Affine composed(const Affine& first, const Affine& second) {
  Affine both = first;
  for (std::size_t i = 0; i < both.scale.size(); ++i) {
    both.scale[i] *= second.scale[i];
    both.shift[i] = both.shift[i] * second.scale[i] + second.shift[i];
  }
  return both;
}

/// The node that makes `id` for nobody else, if it is arithmetic without activation.
const Node* only_arithmetic(const Graph& graph, const Uses& uses, ValueId id) {
  const Node* node = producer_of<Binary>(graph, uses, id);
  if (node == nullptr || !is_read_once(graph, uses, id)) return nullptr;
  const bool is_plain = std::get_if<Binary>(&node->op)->activation.kind == ActivationKind::None;
  return is_plain ? node : nullptr;
}

/// Whether the node after this one scales or shifts its output further.
bool goes_on(const Graph& graph, const Uses& uses, const Node& node) {
  if (only_arithmetic(graph, uses, node.output) == nullptr) return false;
  const std::optional<Affine> next =
      affine(graph, graph.nodes[uses.readers[graph::index(node.output)][0]]);
  return next && next->x == node.output;
}

/// What the node and all those before it compute together; nothing if there are none before it.
std::optional<Affine> chain_ending_at(const Graph& graph, const Uses& uses, const Node& node) {
  std::optional<Affine> whole = affine(graph, node);
  if (!whole || goes_on(graph, uses, node)) return std::nullopt;
  bool is_chain = false;
  while (const Node* before = only_arithmetic(graph, uses, whole->x)) {
    const std::optional<Affine> first = affine(graph, *before);
    if (!first) break;
    whole = composed(*first, *whole);
    is_chain = true;
  }
  return is_chain ? whole : std::nullopt;
}

/// Channels that fill no vector.
constexpr std::int64_t kFewChannels = 16;
/// Floats of a row up to which scale and shift are repeated along it.
constexpr std::int64_t kMaxRow = 8192;

/// How often scale and shift are repeated, so that one pixel is a whole row of the image.
std::int64_t repeats_of(const Shape& shape) {
  const bool repeats = shape.last() < kFewChannels && shape[2] * shape.last() <= kMaxRow;
  return repeats ? shape[2] : 1;
}

std::vector<float> repeated(const std::vector<float>& numbers, std::int64_t times) {
  std::vector<float> row;
  for (std::int64_t i = 0; i < times; ++i)
    row.insert(row.end(), numbers.begin(), numbers.end());
  return row;
}

bool fuse_scale_shift_at(Graph& graph, const Uses& uses, std::size_t index) {
  const Node& node = graph.nodes[index];
  const TensorSpec& spec = graph.value(node.output).spec;
  if (spec.shape.rank() != 4 || !is_plain_float(spec)) return false;
  const std::optional<Affine> whole = chain_ending_at(graph, uses, node);
  if (!whole) return false;
  const Shape shape = spec.shape;
  const std::int64_t repeats = repeats_of(shape);
  const std::int64_t channels = shape.last() * repeats;
  const DepthwiseConv2d op{.window = {}, .activation = std::get_if<Binary>(&node.op)->activation};
  const std::string name = node.name;
  const auto constant = [&](const char* part, const Shape& of, const std::vector<float>& numbers) {
    const std::vector<float> row = repeated(numbers, repeats);
    return graph.add_constant({name + part, DType::Float32, of, {}}, std::as_bytes(std::span(row)));
  };
  const ValueId scale = constant("/scale", {1, 1, channels}, whole->scale);
  const ValueId shift = constant("/shift", {channels}, whole->shift);
  if (repeats == 1) {
    graph.nodes[index].op = op;
    graph.nodes[index].inputs = {whole->x, scale, shift};
    return true;
  }
  const Shape rows{shape[0], shape[1], 1, channels};
  const ValueId x = append_node(graph, name + "/rows", Reshape{rows}, {whole->x});
  const ValueId y = append_node(graph, name + "/fused", op, {x, scale, shift});
  graph.nodes[index].op = Reshape{shape};
  graph.nodes[index].inputs = {y};
  return true;
}

}  // namespace

Result<bool> fuse_scale_shift(Graph& graph) {
  return apply_everywhere(graph, fuse_scale_shift_at);
}

}  // namespace tilewright::rewriting
