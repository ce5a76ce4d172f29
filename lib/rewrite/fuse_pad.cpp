// SPDX-License-Identifier: Apache-2.0
// Padding rows and columns with what a window takes for its padding anyway: zeros for
// convolutions, zeros that count for averages, for maxima what never wins: minus infinity, or zeros
// beside values that are not negative.
#include <limits>
#include <optional>

#include "kernels/op_rules.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/layer.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;

struct Padding {
  Window& window;
  float value;
  bool may_be_zero = false;  // instead of `value`, if x is never negative
};

/// The op's window and what its padding stands for; nothing for ops that cannot take padding in.
std::optional<Padding> padding_of(Op& op) {
  if (auto* conv = std::get_if<Conv2d>(&op)) return Padding{conv->window, 0};
  if (auto* depthwise = std::get_if<DepthwiseConv2d>(&op)) return Padding{depthwise->window, 0};
  auto* pool = std::get_if<Pool2d>(&op);
  if (pool == nullptr) return std::nullopt;
  if (pool->kind == PoolKind::Max) {
    return Padding{pool->window, -std::numeric_limits<float>::infinity(), true};
  }
  const bool pads_nothing = pool->window == Window{.stride_h = pool->window.stride_h,
                                                   .stride_w = pool->window.stride_w,
                                                   .dilation_h = pool->window.dilation_h,
                                                   .dilation_w = pool->window.dilation_w};
  if (!pads_nothing && !pool->count_include_pad) return std::nullopt;
  pool->count_include_pad = true;
  return Padding{pool->window, 0};
}

bool pads_images(const Pad& pad) {
  return pad.mode == PadMode::Constant && pad.before[0] == 0 && pad.after[0] == 0 &&
         pad.before[3] == 0 && pad.after[3] == 0;
}

/// Whether an activation keeps the value from being negative.
bool is_never_negative(Graph& graph, const Uses& uses, graph::ValueId id) {
  const std::optional<std::size_t> producer = uses.producer[index(id)];
  if (!producer) return false;
  const Activation* activation = activation_of(graph.nodes[*producer].op);
  return activation != nullptr &&
         (activation->kind == ActivationKind::Relu || activation->kind == ActivationKind::Relu6 ||
          activation->kind == ActivationKind::Sigmoid);
}

/// `pad` + `added`, if that is a pad of a window.
bool add(std::int32_t& pad, std::int64_t added) {
  if (added > std::numeric_limits<std::int32_t>::max() - std::int64_t{pad}) return false;
  pad += static_cast<std::int32_t>(added);
  return true;
}

bool fuse_pad_at(Graph& graph, const Uses& uses, std::size_t index) {
  Node& node = graph.nodes[index];
  Op fused = node.op;
  const std::optional<Padding> padding = padding_of(fused);
  if (!padding || !is_plain_float(graph.value(node.inputs[0]).spec)) return false;
  const Node* before = producer_of<Pad>(graph, uses, node.inputs[0]);
  if (before == nullptr) return false;
  const Pad& pad = *std::get_if<Pad>(&before->op);
  const bool is_neutral =
      pad.value == padding->value ||
      (padding->may_be_zero && pad.value == 0 && is_never_negative(graph, uses, before->inputs[0]));
  if (!pads_images(pad) || !is_neutral) return false;
  Window& window = padding->window;
  if (!add(window.pad_top, pad.before[1]) || !add(window.pad_bottom, pad.after[1]) ||
      !add(window.pad_left, pad.before[2]) || !add(window.pad_right, pad.after[2])) {
    return false;
  }
  Node candidate = node;
  candidate.inputs[0] = before->inputs[0];
  if (!kernels::infer_output(fused, graph::input_specs(graph, candidate))) return false;
  node.op = fused;
  node.inputs = std::move(candidate.inputs);
  return true;
}

}  // namespace

Result<bool> fuse_pad(Graph& graph) {
  return apply_everywhere(graph, fuse_pad_at);
}

}  // namespace tilewright::rewriting
