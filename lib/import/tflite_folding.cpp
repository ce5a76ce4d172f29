// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_folding.h"

#include <utility>
#include <vector>

#include "lib/import/fold_known.h"

namespace tilewright::importer::tflite {
namespace {

bool is_shape_like(const TensorSpec& spec) {
  return (spec.dtype == DType::Int32 || spec.dtype == DType::Int64) &&
         spec.shape.elements() <= kMaxFoldedElements;
}

}  // namespace

std::optional<Tensor> known_tensor(const graph::Graph& graph, graph::ValueId id) {
  const graph::Value& value = graph.value(id);
  if (!value.constant) return std::nullopt;
  return Tensor{.dtype = value.spec.dtype,
                .shape = value.spec.shape,
                .owner = nullptr,
                .bytes = value.constant->bytes};
}

std::optional<Tensor> integer_constant(const graph::Graph& graph, graph::ValueId id) {
  return is_shape_like(graph.value(id).spec) ? known_tensor(graph, id) : std::nullopt;
}

Result<std::optional<Tensor>> fold_integers(const graph::Graph& graph, const Op& op,
                                            std::span<const graph::ValueId> src,
                                            const TensorSpec& dst) {
  std::optional<Tensor> result;
  if (!is_foldable(op) || !is_shape_like(dst)) return result;
  std::vector<Tensor> tensors;
  for (const graph::ValueId id : src) {
    std::optional<Tensor> tensor = integer_constant(graph, id);
    if (!tensor) return result;
    tensors.push_back(*std::move(tensor));
  }
  std::vector<const Tensor*> operands;
  for (const Tensor& tensor : tensors)
    operands.push_back(&tensor);
  TILEWRIGHT_TRY(result, fold(op, operands, dst));
  return result;
}

}  // namespace tilewright::importer::tflite
