// SPDX-License-Identifier: Apache-2.0
// Operators that join tensors or reorder their elements.
#include <optional>

#include "lib/import/tflite_axes.h"
#include "lib/import/tflite_folding.h"
#include "lib/import/tflite_ops.h"
#include "lib/import/tflite_window.h"

namespace tilewright::importer::tflite {
namespace {

std::vector<ValueId> all_inputs(const OperatorReader& op) {
  std::vector<ValueId> inputs;
  for (std::size_t i = 0; i < op.input_count(); ++i)
    inputs.push_back(op.input(i));
  return inputs;
}

/// The joined tensor, which an activation may follow.
Status finish_joined(OperatorReader& op, int axis, const Activation& activation) {
  const Concat concat{axis};
  if (activation.kind == ActivationKind::None) return op.finish(concat, all_inputs(op));
  TILEWRIGHT_TRY(const ValueId joined, op.step("joined", concat, all_inputs(op)));
  return op.finish(Activate{activation}, {joined});
}

}  // namespace

Status import_transpose(OperatorReader& op) {
  const ValueId x = op.input(0);
  const int rank = op.shape(x).rank();
  TILEWRIGHT_TRY(const auto perm, op.integers(1, "perm", rank));
  Transpose transpose;
  for (int axis = 0; axis < rank; ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    TILEWRIGHT_TRY(const int from, read_axis(op, "perm", perm[i], rank));
    transpose.perm[i] = static_cast<std::int8_t>(from);
  }
  return op.finish(transpose, {x});
}

Status import_depth_to_space(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::DepthToSpaceOptions>());
  return op.finish(DepthToSpace{.block = options->block_size()}, {op.input(0)});
}

Status import_space_to_depth(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::SpaceToDepthOptions>());
  return op.finish(SpaceToDepth{options->block_size()}, {op.input(0)});
}

Status import_concatenation(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::ConcatenationOptions>());
  TILEWRIGHT_TRY(const Activation activation,
                 read_activation(op, options->fused_activation_function()));
  const int rank = op.shape(op.input(0)).rank();
  TILEWRIGHT_TRY(const int axis, read_axis(op, "axis", options->axis(), rank));
  return finish_joined(op, axis, activation);
}

Status import_pack(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::PackOptions>());
  if (options->values_count() != static_cast<std::int64_t>(op.input_count())) {
    return op.invalid("values_count: expected " + std::to_string(op.input_count()) + ", got " +
                      std::to_string(options->values_count()));
  }
  const int rank = op.shape(op.input(0)).rank();
  TILEWRIGHT_TRY(const int axis, read_axis(op, "axis", options->axis(), rank + 1));
  std::vector<ValueId> layers;
  for (std::size_t i = 0; i < op.input_count(); ++i) {
    const ValueId x = op.input(i);
    if (op.shape(x) != op.shape(op.input(0))) {
      return op.misfit("expected inputs of shape " + to_string(op.shape(op.input(0))) + ", got " +
                       to_string(op.shape(x)));
    }
    if (rank == kMaxRank) return op.unsupported("an output of rank " + std::to_string(rank + 1));
    TILEWRIGHT_TRY(const ValueId layer, op.step("layer" + std::to_string(i),
                                                Reshape{with_axis(op.shape(x), axis)}, {x}));
    layers.push_back(layer);
  }
  return op.finish(Concat{axis}, std::move(layers));
}

Status import_gather(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::GatherOptions>());
  const ValueId x = op.input(0);
  const ValueId indices = op.input(1);
  TILEWRIGHT_TRY(const int axis, read_axis(op, "axis", options->axis(), op.shape(x).rank()));
  if (options->batch_dims() != 0) {
    return op.unsupported("batch_dims: expected 0, got " + std::to_string(options->batch_dims()));
  }
  const std::optional<Tensor> known = known_tensor(op.state().builder.graph(), indices);
  if (known && is_integer(known->dtype)) {
    const std::int64_t extent = op.shape(x)[axis];
    for (const std::int64_t element : integers(*known)) {
      if (element >= 0 && element < extent) continue;
      return op.misfit("indices: expected from 0 to below " + std::to_string(extent) + ", got " +
                       std::to_string(element));
    }
  }
  return op.finish(Gather{axis}, {x, indices});
}

}  // namespace tilewright::importer::tflite
