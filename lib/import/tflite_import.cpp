// SPDX-License-Identifier: Apache-2.0
// A .tflite file to a graph: container, structure, shapes of inputs, then operator by operator.
// What nothing of ours does is remembered and reported last, since a defect behind it outranks it.
#include <algorithm>
#include <utility>

#include "lib/import/import.h"
#include "lib/import/tflite_inputs.h"
#include "lib/import/tflite_labels.h"
#include "lib/import/tflite_op_table.h"
#include "lib/import/tflite_structure.h"

namespace tilewright::importer {
namespace tflite {
namespace {

// Converted constants may take this many times the file: halves double, bytes take four times.
constexpr std::int64_t kDerivedPerFileByte = 8;
constexpr std::int64_t kLeastDerivedBytes = std::int64_t{1} << 20;

/// Why no value can hold a tensor; empty if one can.
std::string obstacle(const StoredTensor& tensor) {
  return tensor.is_variable ? "is_variable" : tensor.unsupported;
}

std::vector<Readers> count_readers(const schema::SubGraph& subgraph, std::size_t tensors) {
  std::vector<Readers> readers(tensors);
  for (std::size_t op = 0; op < size_of(subgraph.operators()); ++op) {
    const auto& source = *subgraph.operators()->Get(static_cast<flatbuffers::uoffset_t>(op));
    for (const std::int32_t tensor : elements_of(source.inputs())) {
      if (tensor < 0) continue;
      Readers& of_tensor = readers[static_cast<std::size_t>(tensor)];
      of_tensor = {.count = of_tensor.count + 1, .last_operator = op};
    }
  }
  for (const std::int32_t tensor : elements_of(subgraph.outputs())) {
    readers[static_cast<std::size_t>(tensor)].count += 1;
  }
  return readers;
}

State initial_state(const File& file, std::vector<StoredTensor> tensors) {
  const schema::SubGraph& subgraph = *file.model->subgraphs()->Get(0);
  const std::size_t count = tensors.size();
  return State{
      .file = file,
      .subgraph = subgraph,
      .tensors = std::move(tensors),
      .values = std::vector<std::optional<graph::ValueId>>(count),
      .readers = count_readers(subgraph, count),
      .done = std::vector<bool>(size_of(subgraph.operators())),
      .builder = {},
      .is_resized = false,
      .unsupported = {},
      .buffers = std::vector<std::optional<graph::Constant>>(size_of(file.model->buffers())),
      .derived_bytes_left =
          kLeastDerivedBytes + kDerivedPerFileByte * static_cast<std::int64_t>(file.bytes.size())};
}

Status add_inputs(State& state, const ImportOptions& options) {
  // Weights that a writer lists among the inputs are constants, not inputs.
  std::vector<std::int32_t> inputs;
  for (const std::int32_t input : elements_of(state.subgraph.inputs())) {
    if (!state.tensors[static_cast<std::size_t>(input)].is_constant) inputs.push_back(input);
  }
  TILEWRIGHT_TRY(const std::vector<Shape> shapes,
                 resolve_input_shapes(state.tensors, inputs, options.shapes));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto tensor = static_cast<std::size_t>(inputs[i]);
    const StoredTensor& stored = state.tensors[tensor];
    if (!obstacle(stored).empty()) {
      state.note_unsupported({ErrorCode::Unsupported, "tflite: input " + std::to_string(i) + ": " +
                                                          stored.label + " has " +
                                                          obstacle(stored)});
      continue;
    }
    TensorSpec spec = stored.spec;
    state.is_resized = state.is_resized || spec.shape != shapes[i];
    spec.shape = shapes[i];
    state.values[tensor] = state.builder.input(std::move(spec));
  }
  return ok();
}

/// How many operands and outputs there are: claims of the file that need no shapes.
Status check_operands(const OperatorReader& op, const OperatorRule& rule) {
  const auto at_most = [](std::size_t count) {
    return count == kAnyNumber ? std::string("any number") : std::to_string(count);
  };
  if (op.input_count() < rule.min_inputs || op.input_count() > rule.max_inputs) {
    return op.invalid("expected " + std::to_string(rule.min_inputs) + " to " +
                      at_most(rule.max_inputs) + " inputs, got " +
                      std::to_string(op.input_count()));
  }
  const std::size_t required = rule.max_inputs == kAnyNumber ? op.input_count() : rule.min_inputs;
  for (std::size_t i = 0; i < required; ++i) {
    if (op.has_input(i)) continue;
    return op.invalid("input " + std::to_string(i) + ": expected a tensor, got none");
  }
  if (op.output_count() >= 1 && op.output_count() <= rule.max_outputs) return ok();
  return op.invalid("expected 1 to " + at_most(rule.max_outputs) + " outputs, got " +
                    std::to_string(op.output_count()));
}

/// Lets what follows an operator that is not imported be checked with the shapes of the file.
void stand_in_for_outputs(State& state, const OperatorReader& op) {
  if (state.is_resized || has_unknown_shapes(op.kind())) return;
  for (std::size_t i = 0; i < op.output_count(); ++i) {
    const StoredTensor& stored = op.output(i);
    const bool is_known = stored.rank_known && stored.free_dims == 0 && stored.unsupported.empty();
    std::optional<graph::ValueId>& value = state.values[op.output_tensor(i)];
    if (is_known && !value) value = state.builder.input(stored.spec);
  }
}

/// Whether all operands have a value. Notes why one has none, unless the operator that makes it
/// did.
bool has_values(State& state, const OperatorReader& op) {
  bool result = true;
  for (std::size_t i = 0; i < op.input_count(); ++i) {
    if (!op.has_input(i) || value_of(state, op.input_tensor(i))) continue;
    result = false;
    const StoredTensor& stored = state.tensors[op.input_tensor(i)];
    if (obstacle(stored).empty()) continue;
    state.note_unsupported(op.unsupported("input " + stored.label + " has " + obstacle(stored)));
  }
  return result;
}

Status convert(State& state, std::size_t index) {
  OperatorReader op(state, index);
  const OperatorRule* rule = find_rule(op.kind());
  if (rule == nullptr) {
    const bool is_custom = op.kind() == schema::BuiltinOperator::CUSTOM;
    return op.unsupported(is_custom ? "custom operators are not imported"
                                    : "the operator is not imported");
  }
  // What depends on something unknown cannot be checked; its own outputs stay unknown.
  if (!has_values(state, op)) return ok();
  return rule->convert(op);
}

/// Before any is converted, since some look at others behind them.
Status check_all_operands(State& state) {
  for (std::size_t i = 0; i < state.done.size(); ++i) {
    const OperatorReader op(state, i);
    const OperatorRule* rule = find_rule(op.kind());
    if (rule != nullptr) TILEWRIGHT_RETURN_IF_ERROR(check_operands(op, *rule));
  }
  return ok();
}

Status convert_all(State& state) {
  TILEWRIGHT_RETURN_IF_ERROR(check_all_operands(state));
  for (std::size_t i = 0; i < state.done.size(); ++i) {
    if (state.done[i]) continue;
    Status status = convert(state, i);
    if (status) continue;
    if (status.error().code != ErrorCode::Unsupported) return status;
    state.note_unsupported(std::move(status).error());
    stand_in_for_outputs(state, OperatorReader(state, i));
  }
  return ok();
}

Result<graph::Graph> finish(State state) {
  if (state.unsupported) return *std::move(state.unsupported);
  for (const std::int32_t output : elements_of(state.subgraph.outputs())) {
    const auto tensor = static_cast<std::size_t>(output);
    const std::optional<graph::ValueId> value = value_of(state, tensor);
    if (!value) {
      const StoredTensor& stored = state.tensors[tensor];
      return Error{ErrorCode::Unsupported,
                   "tflite: output " + stored.label + " has " + obstacle(stored)};
    }
    state.builder.output(*value);
  }
  return std::move(state.builder).take();
}

}  // namespace
}  // namespace tflite

Result<graph::Graph> import_tflite(std::span<const std::byte> bytes, const ImportOptions& options) {
  if (static_cast<std::int64_t>(bytes.size()) > kMaxModelBytes) {
    return Error{ErrorCode::ResourceExhausted, "tflite: file: expected at most " +
                                                   std::to_string(kMaxModelBytes) + " bytes, got " +
                                                   std::to_string(bytes.size())};
  }
  TILEWRIGHT_TRY(const tflite::File file, tflite::open_tflite(bytes));
  TILEWRIGHT_TRY(std::vector<tflite::StoredTensor> tensors, tflite::check_structure(file));
  tflite::State state = tflite::initial_state(file, std::move(tensors));
  TILEWRIGHT_RETURN_IF_ERROR(tflite::add_inputs(state, options));
  TILEWRIGHT_RETURN_IF_ERROR(tflite::convert_all(state));
  return tflite::finish(std::move(state));
}

}  // namespace tilewright::importer
