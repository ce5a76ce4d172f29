// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_structure.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/import/tflite_labels.h"

namespace tilewright::importer::tflite {
namespace {

using flatbuffers::uoffset_t;

/// A subgraph while it is checked. `written` holds the tensors that have a value so far.
struct SubgraphCheck {
  const File& file;
  const schema::SubGraph& subgraph;
  std::size_t index = 0;
  std::vector<StoredTensor> tensors;
  std::vector<bool> written;

  [[nodiscard]] Error invalid(const std::string& where, const std::string& message) const {
    const std::string prefix = index == 0 ? "" : "subgraph " + std::to_string(index) + ": ";
    return Error{ErrorCode::InvalidModel, "tflite: " + prefix + where + ": " + message};
  }
  [[nodiscard]] Status check_index(std::int32_t tensor, const std::string& where) const {
    if (tensor >= 0 && static_cast<std::size_t>(tensor) < tensors.size()) return ok();
    return invalid(where, "expected a tensor below " + std::to_string(tensors.size()) + ", got " +
                              std::to_string(tensor));
  }
  [[nodiscard]] bool has_value(std::size_t tensor) const {
    const StoredTensor& stored = tensors[tensor];
    // A constant without elements has no bytes either.
    return written[tensor] || stored.is_constant || stored.is_variable ||
           stored.spec.shape.elements() == 0;
  }
};

Status write(SubgraphCheck& check, std::int32_t tensor, const std::string& where) {
  TILEWRIGHT_RETURN_IF_ERROR(check.check_index(tensor, where));
  const auto position = static_cast<std::size_t>(tensor);
  const StoredTensor& stored = check.tensors[position];
  if (stored.is_constant) {
    return check.invalid(where, "expected to write no constant, got " + stored.label);
  }
  if (check.written[position]) {
    return check.invalid(where, "expected a tensor nobody else writes, got " + stored.label +
                                    ", an input or written before");
  }
  check.written[position] = true;
  return ok();
}

Status check_reads(const SubgraphCheck& check, const schema::Operator& source,
                   const std::string& where) {
  const std::span<const std::int32_t> inputs = elements_of(source.inputs());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == -1) continue;
    const std::string operand = where + ": input " + std::to_string(i);
    TILEWRIGHT_RETURN_IF_ERROR(check.check_index(inputs[i], operand));
    const auto position = static_cast<std::size_t>(inputs[i]);
    if (check.has_value(position)) continue;
    return check.invalid(operand, "expected what an earlier operator wrote, got " +
                                      check.tensors[position].label +
                                      ": operators are out of order or form a cycle");
  }
  for (const std::int32_t tensor : elements_of(source.intermediates())) {
    if (tensor == -1) continue;
    TILEWRIGHT_RETURN_IF_ERROR(check.check_index(tensor, where + ": intermediates"));
  }
  return ok();
}

Status check_custom_options(const SubgraphCheck& check, const schema::Operator& source,
                            const std::string& where) {
  const std::uint64_t total = check.file.bytes.size();
  const std::uint64_t offset = source.large_custom_options_offset();
  const std::uint64_t size = source.large_custom_options_size();
  if (offset <= total && size <= total - offset) return ok();
  return check.invalid(where, "expected custom options within the file's " + std::to_string(total) +
                                  " bytes, got offset " + std::to_string(offset) + " and size " +
                                  std::to_string(size));
}

Status check_operator(SubgraphCheck& check, std::size_t index) {
  const auto& source = *check.subgraph.operators()->Get(static_cast<uoffset_t>(index));
  const auto* codes = check.file.model->operator_codes();
  std::string where = "operator " + std::to_string(index);
  if (source.opcode_index() >= size_of(codes)) {
    return check.invalid(where, "expected an operator code below " +
                                    std::to_string(size_of(codes)) + ", got " +
                                    std::to_string(source.opcode_index()));
  }
  const schema::OperatorCode& code = *codes->Get(source.opcode_index());
  where += " (" + operator_label(code) + ")";
  if (static_cast<int>(builtin_operator(code)) < 0) {
    return check.invalid(where, "expected an operator code of at least 0");
  }
  TILEWRIGHT_RETURN_IF_ERROR(check_reads(check, source, where));
  TILEWRIGHT_RETURN_IF_ERROR(check_custom_options(check, source, where));
  for (const std::int32_t tensor : elements_of(source.outputs())) {
    TILEWRIGHT_RETURN_IF_ERROR(write(check, tensor, where + ": output"));
  }
  return ok();
}

Result<std::vector<StoredTensor>> check_subgraph(const File& file, std::size_t index) {
  const auto& subgraph = *file.model->subgraphs()->Get(static_cast<uoffset_t>(index));
  SubgraphCheck check{
      .file = file, .subgraph = subgraph, .index = index, .tensors = {}, .written = {}};
  TILEWRIGHT_TRY(check.tensors, read_tensors(file, subgraph));
  check.written.assign(check.tensors.size(), false);
  for (const std::int32_t tensor : elements_of(subgraph.inputs())) {
    TILEWRIGHT_RETURN_IF_ERROR(check.check_index(tensor, "input"));
    // Some writers list weights among the inputs.
    if (check.tensors[static_cast<std::size_t>(tensor)].is_constant) continue;
    TILEWRIGHT_RETURN_IF_ERROR(write(check, tensor, "input"));
  }
  for (std::size_t i = 0; i < size_of(subgraph.operators()); ++i) {
    TILEWRIGHT_RETURN_IF_ERROR(check_operator(check, i));
  }
  for (const std::int32_t tensor : elements_of(subgraph.outputs())) {
    TILEWRIGHT_RETURN_IF_ERROR(check.check_index(tensor, "output"));
    const auto position = static_cast<std::size_t>(tensor);
    if (check.has_value(position)) continue;
    return check.invalid("output",
                         "expected what an operator wrote, got " + check.tensors[position].label);
  }
  return std::move(check.tensors);
}

}  // namespace

Result<std::vector<StoredTensor>> check_structure(const File& file) {
  const std::size_t count = size_of(file.model->subgraphs());
  if (count == 0) {
    return Error{ErrorCode::InvalidModel, "tflite: model: expected a subgraph, got none"};
  }
  for (std::size_t i = 0; i < size_of(file.model->buffers()); ++i) {
    TILEWRIGHT_RETURN_IF_ERROR(buffer_bytes(file, static_cast<std::uint32_t>(i)));
  }
  TILEWRIGHT_TRY(std::vector<StoredTensor> tensors, check_subgraph(file, 0));
  for (std::size_t i = 1; i < count; ++i)
    TILEWRIGHT_RETURN_IF_ERROR(check_subgraph(file, i));
  return tensors;
}

}  // namespace tilewright::importer::tflite
