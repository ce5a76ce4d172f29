// SPDX-License-Identifier: Apache-2.0
// A constant per channel that is added to or multiplied with what a layer gives or takes becomes
// part of its filter and bias. So batch norm, imported as a multiplication and an addition, goes.
// A layer normalisation, which ends with a scale and a bias, takes what follows it likewise.
//
//   (W x + b) * s + t  =  (s W) x + (s b + t)            after the layer
//   W (x * s) + b      =  (W s) x + b                    before it
//   W (x + t) + b      =  W x + (W t + b)                before it, if the layer pads nothing
#include <algorithm>
#include <optional>
#include <span>
#include <utility>
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

ValueId add_floats(Graph& graph, ValueId like, std::span<const float> elements) {
  return graph.add_constant(graph.value(like).spec, std::as_bytes(elements));
}

/// The layer's filter with each channel's elements multiplied.
ValueId scaled_filter(Graph& graph, const Node& layer, const FilterChannels& by,
                      std::span<const float> scale) {
  const auto filter = graph::constant_elements<float>(graph, layer.inputs[1]);
  std::vector<float> scaled(filter.begin(), filter.end());
  const auto inner = static_cast<std::size_t>(by.inner);
  for (std::size_t first = 0; first < scaled.size(); first += inner) {
    const float factor = scale[first / inner % scale.size()];
    for (float& element : std::span(scaled).subspan(first, inner))
      element *= factor;
  }
  return add_floats(graph, layer.inputs[1], scaled);
}

/// Takes the node into the layer that makes its input.
bool fold_after(Graph& graph, const Uses& uses, std::size_t index, const Affine& after) {
  if (!is_read_once(graph, uses, after.x)) return false;
  const std::optional<std::size_t> producer = uses.producer[graph::index(after.x)];
  if (!producer || !is_layer(graph, graph.nodes[*producer])) return false;
  Node& layer = graph.nodes[*producer];
  Activation& activation = *activation_of(layer.op);
  if (activation.kind != ActivationKind::None || layer.inputs.size() > 3) return false;

  const auto bias = graph::constant_elements<float>(graph, layer.inputs[2]);
  std::vector<float> new_bias(bias.size());
  for (std::size_t i = 0; i < bias.size(); ++i)
    new_bias[i] = bias[i] * after.scale[i] + after.shift[i];
  const bool scales = std::ranges::any_of(after.scale, [](float scale) { return scale != 1.0F; });
  if (scales) {
    layer.inputs[1] = scaled_filter(graph, layer, output_channels(graph, layer), after.scale);
  }
  layer.inputs[2] = add_floats(graph, layer.inputs[2], new_bias);
  Node& node = graph.nodes[index];
  activation = *activation_of(node.op);
  layer.output = node.output;
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

/// Takes the node into the scale and bias of the layer normalisation that makes its input.
bool fold_after_norm(Graph& graph, const Uses& uses, std::size_t index, const Affine& after) {
  if (activation_of(graph.nodes[index].op)->kind != ActivationKind::None) return false;
  if (!is_read_once(graph, uses, after.x)) return false;
  Node* norm = producer_of<LayerNorm>(graph, uses, after.x);
  if (norm == nullptr) return false;
  if (!graph.is_constant(norm->inputs[1]) || !graph.is_constant(norm->inputs[2])) return false;
  const auto scale = graph::constant_elements<float>(graph, norm->inputs[1]);
  const auto bias = graph::constant_elements<float>(graph, norm->inputs[2]);
  std::vector<float> new_scale(scale.size());
  std::vector<float> new_bias(scale.size());
  for (std::size_t i = 0; i < scale.size(); ++i) {
    new_scale[i] = scale[i] * after.scale[i];
    new_bias[i] = bias[i] * after.scale[i] + after.shift[i];
  }
  norm->inputs[1] = add_floats(graph, norm->inputs[1], new_scale);
  norm->inputs[2] = add_floats(graph, norm->inputs[2], new_bias);
  norm->output = graph.nodes[index].output;
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

bool pads_nothing(const Node& layer) {
  if (std::holds_alternative<FullyConnected>(layer.op)) return true;
  const Window* window = nullptr;
  if (const auto* conv = std::get_if<Conv2d>(&layer.op)) window = &conv->window;
  if (const auto* depthwise = std::get_if<DepthwiseConv2d>(&layer.op)) window = &depthwise->window;
  if (window == nullptr) return false;
  return window->pad_top == 0 && window->pad_left == 0 && window->pad_bottom == 0 &&
         window->pad_right == 0;
}

/// bias[o] plus the sum of filter * shift over all that o reads.
std::vector<float> shifted_bias(const Graph& graph, const Node& layer, const FilterChannels& in,
                                std::span<const float> shift) {
  const FilterChannels out = output_channels(graph, layer);
  const auto filter = graph::constant_elements<float>(graph, layer.inputs[1]);
  const auto bias = graph::constant_elements<float>(graph, layer.inputs[2]);
  std::vector<double> sums(bias.begin(), bias.end());
  for (std::size_t i = 0; i < filter.size(); ++i) {
    const std::size_t from = i / static_cast<std::size_t>(in.inner) % shift.size();
    const std::size_t to = i / static_cast<std::size_t>(out.inner) % sums.size();
    sums[to] += static_cast<double>(filter[i]) * static_cast<double>(shift[from]);
  }
  std::vector<float> result;
  for (const double sum : sums)
    result.push_back(static_cast<float>(sum));
  return result;
}

/// Takes the node into the only reader of its output.
bool fold_before(Graph& graph, const Uses& uses, std::size_t index, const Affine& before) {
  Node& node = graph.nodes[index];
  if (activation_of(node.op)->kind != ActivationKind::None) return false;
  if (!is_read_once(graph, uses, node.output)) return false;
  Node& layer = graph.nodes[uses.readers[graph::index(node.output)][0]];
  if (!is_layer(graph, layer) || layer.inputs[0] != node.output) return false;
  const auto in = input_channels(graph, layer);
  const bool shifts = std::ranges::any_of(before.shift, [](float shift) { return shift != 0.0F; });
  if (!in || (shifts && !pads_nothing(layer))) return false;
  if (shifts) {
    const std::vector<float> bias = shifted_bias(graph, layer, *in, before.shift);
    layer.inputs[2] = add_floats(graph, layer.inputs[2], bias);
  }
  layer.inputs[1] = scaled_filter(graph, layer, *in, before.scale);
  layer.inputs[0] = before.x;
  return true;
}

bool fold_scale_at(Graph& graph, const Uses& uses, std::size_t index) {
  const std::optional<Affine> found = affine(graph, graph.nodes[index]);
  if (!found) return false;
  return fold_after(graph, uses, index, *found) || fold_after_norm(graph, uses, index, *found) ||
         fold_before(graph, uses, index, *found);
}

}  // namespace

Result<bool> fold_scale(Graph& graph) {
  return apply_everywhere(graph, fold_scale_at);
}

}  // namespace tilewright::rewriting
