// SPDX-License-Identifier: Apache-2.0
// How parts of a .tflite file are called in messages. Names come from outside: they are cut and
// cleaned, so that a message stays one line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/import/tflite_file.h"

namespace tilewright::importer::tflite {

/// At most 80 characters of `name`, with unprintable ones as `?`.
[[nodiscard]] std::string printable(std::string_view name);

/// `'name'`, made printable.
[[nodiscard]] std::string quoted(std::string_view name);

/// The text of a string that may be absent.
[[nodiscard]] std::string_view text_of(const flatbuffers::String* text);

/// `CONV_2D`; for a custom operator its custom code; `210` for a code that is not in our list.
[[nodiscard]] std::string operator_label(const schema::OperatorCode& code);

/// The operator a code stands for: old and new files write it into different fields.
[[nodiscard]] schema::BuiltinOperator builtin_operator(const schema::OperatorCode& code);

/// `tensor 17 'stem/weights'`.
[[nodiscard]] std::string tensor_label(std::size_t index, const schema::Tensor& tensor);

/// `FLOAT32`; the number of a type that is not in our list.
[[nodiscard]] std::string type_label(schema::TensorType type);

}  // namespace tilewright::importer::tflite
