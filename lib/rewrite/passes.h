// SPDX-License-Identifier: Apache-2.0
// All passes. Each says whether it changed the graph; see pass.h. A pass is added by its line here,
// its line in passes.cpp and its file.
#pragma once

#include "tilewright/status.h"

#include "lib/graph/graph.h"

namespace tilewright::rewriting {

/// Computes nodes whose inputs are all constants.
[[nodiscard]] Result<bool> fold_constants(graph::Graph& graph);
/// Removes nodes that give their input back.
[[nodiscard]] Result<bool> remove_identity(graph::Graph& graph);
/// Makes one node of nodes that compute the same of the same inputs.
[[nodiscard]] Result<bool> merge_equal_nodes(graph::Graph& graph);
/// Makes one reshape of a chain of them.
[[nodiscard]] Result<bool> merge_reshapes(graph::Graph& graph);
/// Moves transposes towards each other until they cancel, or to the ends of the graph.
[[nodiscard]] Result<bool> move_transposes(graph::Graph& graph);
/// Takes a transpose before a fully connected layer into its weights.
[[nodiscard]] Result<bool> fold_transposes(graph::Graph& graph);
/// Takes constants that are added or multiplied per channel into filter and bias.
[[nodiscard]] Result<bool> fold_scale(graph::Graph& graph);
/// Finds the activations that a file spells out op by op.
[[nodiscard]] Result<bool> recognize_activations(graph::Graph& graph);
/// Finds the gelus that a file spells out op by op.
[[nodiscard]] Result<bool> recognize_gelu(graph::Graph& graph);
/// Finds the layer normalisations that a file spells out op by op.
[[nodiscard]] Result<bool> recognize_layer_norm(graph::Graph& graph);
/// Moves arithmetic per channel before the reshape of what a layer makes.
[[nodiscard]] Result<bool> move_reshapes(graph::Graph& graph);
/// Takes a factor of a softmax's input into the softmax.
[[nodiscard]] Result<bool> fold_softmax_scale(graph::Graph& graph);
/// Makes one pass of a scale and a shift per channel that no layer takes.
[[nodiscard]] Result<bool> fuse_scale_shift(graph::Graph& graph);
/// Makes slices of gathers of known cells that are equally far apart.
[[nodiscard]] Result<bool> turn_gathers_into_slices(graph::Graph& graph);
/// Makes slices of pools of one cell, and moves slices before the padding of what they cut.
[[nodiscard]] Result<bool> move_slices(graph::Graph& graph);
/// Takes padding with zeros into the window that follows.
[[nodiscard]] Result<bool> fuse_pad(graph::Graph& graph);
/// Takes activations into the op before them.
[[nodiscard]] Result<bool> fuse_activation(graph::Graph& graph);
/// Takes the addition of another value into the convolution before it.
[[nodiscard]] Result<bool> fuse_residual(graph::Graph& graph);
/// Arranges the layers around a shuffle of channels so that no channel moves.
[[nodiscard]] Result<bool> absorb_shuffles(graph::Graph& graph);
/// Arranges the inputs of a concat so that layers read their part of its shuffled channels in
/// place.
[[nodiscard]] Result<bool> order_concats(graph::Graph& graph);
/// Makes reshapes of transposes that only move dimensions of extent 1.
[[nodiscard]] Result<bool> turn_transposes_into_reshapes(graph::Graph& graph);

}  // namespace tilewright::rewriting
