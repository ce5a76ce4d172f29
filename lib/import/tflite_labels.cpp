// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_labels.h"

#include <algorithm>

namespace tilewright::importer::tflite {

std::string printable(std::string_view name) {
  constexpr std::size_t kMaxCharacters = 80;
  std::string text;
  for (const char letter : name.substr(0, kMaxCharacters)) {
    const bool is_printable = letter >= ' ' && letter <= '~';
    text += is_printable ? letter : '?';
  }
  if (name.size() > kMaxCharacters) text += "...";
  return text;
}

std::string quoted(std::string_view name) {
  return "'" + printable(name) + "'";
}

std::string_view text_of(const flatbuffers::String* text) {
  if (text == nullptr) return {};
  return {text->c_str(), text->size()};
}

schema::BuiltinOperator builtin_operator(const schema::OperatorCode& code) {
  return std::max(static_cast<schema::BuiltinOperator>(code.deprecated_builtin_code()),
                  code.builtin_code());
}

std::string operator_label(const schema::OperatorCode& code) {
  const schema::BuiltinOperator op = builtin_operator(code);
  if (op == schema::BuiltinOperator::CUSTOM && code.custom_code() != nullptr) {
    return printable(text_of(code.custom_code()));
  }
  const std::string_view name = schema::EnumNameBuiltinOperator(op);
  return name.empty() ? std::to_string(static_cast<std::int32_t>(op)) : std::string(name);
}

std::string tensor_label(std::size_t index, const schema::Tensor& tensor) {
  return "tensor " + std::to_string(index) + " " + quoted(text_of(tensor.name()));
}

std::string type_label(schema::TensorType type) {
  const std::string_view name = schema::EnumNameTensorType(type);
  return name.empty() ? std::to_string(static_cast<int>(type)) : std::string(name);
}

}  // namespace tilewright::importer::tflite
