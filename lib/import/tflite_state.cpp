// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_state.h"

namespace tilewright::importer::tflite {
namespace {

graph::Constant shared_copy(State& state, const StoredTensor& tensor) {
  std::optional<graph::Constant>& copy = state.buffers[tensor.buffer];
  if (!copy) copy = graph::copy_constant(tensor.bytes);
  return *copy;
}

}  // namespace

std::optional<graph::ValueId> value_of(State& state, std::size_t tensor) {
  const StoredTensor& stored = state.tensors[tensor];
  std::optional<graph::ValueId>& value = state.values[tensor];
  const bool is_empty = stored.spec.shape.elements() == 0;
  if (value || !stored.unsupported.empty() || stored.is_variable) return value;
  if (stored.is_constant) {
    value = state.builder.constant(stored.spec, shared_copy(state, stored));
  } else if (is_empty) {
    value = state.builder.constant(stored.spec, graph::Constant{});
  }
  return value;
}

}  // namespace tilewright::importer::tflite
