// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "lib/import/op_list.h"
#include "lib/import/tflite_labels.h"
#include "lib/import/tflite_structure.h"

namespace tilewright::importer {
namespace tflite {
namespace {

using Operator = schema::BuiltinOperator;

/// Metadata that names operators by their positions.
constexpr std::string_view kControlDependencies = "model_control_dependencies";

/// Whether an operator may do more than compute its outputs, or depends on what others did.
bool has_effects(Operator kind) {
  constexpr Operator kKinds[] = {Operator::CALL,
                                 Operator::CALL_ONCE,
                                 Operator::CUSTOM,
                                 Operator::DELEGATE,
                                 Operator::IF,
                                 Operator::WHILE,
                                 Operator::VAR_HANDLE,
                                 Operator::READ_VARIABLE,
                                 Operator::ASSIGN_VARIABLE,
                                 Operator::HASHTABLE,
                                 Operator::HASHTABLE_FIND,
                                 Operator::HASHTABLE_IMPORT,
                                 Operator::HASHTABLE_SIZE,
                                 Operator::RANDOM_STANDARD_NORMAL,
                                 Operator::RANDOM_UNIFORM,
                                 Operator::MULTINOMIAL,
                                 Operator::STABLEHLO_CUSTOM_CALL,
                                 Operator::STABLEHLO_WHILE,
                                 Operator::STABLEHLO_COMPOSITE,
                                 Operator::STABLEHLO_RNG_BIT_GENERATOR};
  return std::ranges::find(kKinds, kind) != std::end(kKinds);
}

Status check_metadata(const File& file) {
  for (std::size_t i = 0; i < size_of(file.model->metadata()); ++i) {
    const auto* entry = file.model->metadata()->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (entry->name() == nullptr || entry->name()->string_view() != kControlDependencies) continue;
    return Error{ErrorCode::Unsupported,
                 "tflite: metadata: expected none that names operators by their positions, got '" +
                     std::string(kControlDependencies) + "'"};
  }
  return ok();
}

void add_once(std::vector<std::size_t>& list, std::int32_t tensor) {
  const auto position = static_cast<std::size_t>(tensor);
  if (tensor >= 0 && std::ranges::find(list, position) == list.end()) list.push_back(position);
}

Result<std::vector<ListedTensor>> listed_tensors(const schema::SubGraph& subgraph,
                                                 const std::vector<StoredTensor>& stored) {
  std::vector<bool> made(stored.size(), false);
  std::vector<ListedTensor> tensors;
  for (const std::int32_t tensor : elements_of(subgraph.inputs()))
    made[static_cast<std::size_t>(tensor)] = true;
  for (const auto* source : *subgraph.operators()) {
    for (const std::int32_t tensor : elements_of(source->outputs()))
      made[static_cast<std::size_t>(tensor)] = true;
  }
  for (std::size_t i = 0; i < stored.size(); ++i) {
    ListedTensor tensor{.name = stored[i].spec.name};
    tensor.constant = stored[i].is_constant || stored[i].is_variable || !made[i];
    if (!tensor.constant && (!stored[i].unsupported.empty() || !stored[i].rank_known)) {
      return Error{ErrorCode::Unsupported,
                   "tflite: " + stored[i].label + ": expected a tensor of known size, got " +
                       (stored[i].rank_known ? stored[i].unsupported : "an unknown rank")};
    }
    if (!tensor.constant) tensor.bytes = stored[i].spec.size_bytes();
    tensors.push_back(std::move(tensor));
  }
  for (const std::int32_t tensor : elements_of(subgraph.inputs())) {
    ListedTensor& input = tensors[static_cast<std::size_t>(tensor)];
    input.input = !input.constant;
  }
  for (const std::int32_t tensor : elements_of(subgraph.outputs())) {
    ListedTensor& output = tensors[static_cast<std::size_t>(tensor)];
    output.output = !output.constant;
  }
  return tensors;
}

std::vector<ListedOp> listed_ops(const File& file, const schema::SubGraph& subgraph,
                                 const std::vector<StoredTensor>& stored) {
  std::vector<ListedOp> ops;
  std::optional<std::size_t> last_with_effects;
  for (const auto* source : *subgraph.operators()) {
    const schema::OperatorCode& code = *file.model->operator_codes()->Get(source->opcode_index());
    ListedOp op{.name = operator_label(code) + " " + std::to_string(ops.size())};
    bool effects = has_effects(builtin_operator(code));
    for (const std::int32_t tensor : elements_of(source->inputs())) {
      add_once(op.reads, tensor);
      effects = effects || (tensor >= 0 && stored[static_cast<std::size_t>(tensor)].is_variable);
    }
    for (const std::int32_t tensor : elements_of(source->outputs()))
      add_once(op.writes, tensor);
    if (effects && last_with_effects) op.after.push_back(*last_with_effects);
    if (effects) last_with_effects = ops.size();
    ops.push_back(std::move(op));
  }
  return ops;
}

/// The little-endian number at `position`.
std::uint32_t offset_at(std::span<const std::byte> bytes, std::size_t position) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + position, sizeof value);
  return value;
}

}  // namespace
}  // namespace tflite

Result<OpList> tflite_op_list(std::span<const std::byte> bytes) {
  using namespace tflite;
  TILEWRIGHT_TRY(const File file, open_tflite(bytes));
  TILEWRIGHT_TRY(const std::vector<StoredTensor> stored, check_structure(file));
  TILEWRIGHT_RETURN_IF_ERROR(check_metadata(file));
  const schema::SubGraph& subgraph = *file.model->subgraphs()->Get(0);
  if (size_of(subgraph.operators()) == 0) {
    return Error{ErrorCode::InvalidModel, "tflite: model: expected operators, got none"};
  }
  OpList list;
  TILEWRIGHT_TRY(list.tensors, listed_tensors(subgraph, stored));
  list.ops = listed_ops(file, subgraph, stored);
  return list;
}

Result<std::vector<std::byte>> tflite_in_order(std::span<const std::byte> bytes,
                                               std::span<const std::size_t> order) {
  using namespace tflite;
  TILEWRIGHT_TRY(const File file, open_tflite(bytes));
  TILEWRIGHT_RETURN_IF_ERROR(check_structure(file));
  const auto* operators = file.model->subgraphs()->Get(0)->operators();
  TILEWRIGHT_CHECK(order.size() == size_of(operators));
  std::vector<std::byte> result(file.bytes.begin(), file.bytes.end());
  if (order.empty()) return result;
  // Each element says how far behind itself its operator stands, so it changes with its place.
  const auto first = static_cast<std::size_t>(
      operators->Data() - reinterpret_cast<const std::uint8_t*>(file.bytes.data()));
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t from = first + order[i] * sizeof(std::uint32_t);
    const std::size_t to = first + i * sizeof(std::uint32_t);
    const std::size_t target = from + offset_at(file.bytes, from);
    if (target < first + order.size() * sizeof(std::uint32_t)) {
      return Error{
          ErrorCode::Unsupported,
          "tflite: operators: expected tables behind their vector, got one before its end"};
    }
    const auto offset = static_cast<std::uint32_t>(target - to);
    std::memcpy(result.data() + to, &offset, sizeof offset);
  }
  TILEWRIGHT_TRY(const File changed, open_tflite(result));
  TILEWRIGHT_RETURN_IF_ERROR(check_structure(changed));
  return result;
}

}  // namespace tilewright::importer
