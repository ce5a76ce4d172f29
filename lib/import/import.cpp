// SPDX-License-Identifier: Apache-2.0
#include "lib/import/import.h"

#include <algorithm>
#include <string_view>

namespace tilewright::importer {
namespace {

/// FlatBuffers puts the identifier of a format behind the offset of its root table.
bool is_tflite(std::string_view bytes) {
  constexpr std::string_view kIdentifier = "TFL3";
  return bytes.size() >= 8 && bytes.substr(4, 4) == kIdentifier;
}

/// Protobuf has no identifier: a file is told by its first field, which must be one of ModelProto.
/// Files begin with ir_version in practice; any field may come first.
bool is_onnx(std::string_view bytes) {
  // Field number and wire type of the fields with numbers up to 14, as one byte each.
  constexpr std::string_view kFirstBytes = "\x08\x12\x1a\x22\x28\x32\x3a\x42\x72";
  // A FlatBuffer of another format begins with a small offset: two bytes of it are 0.
  const bool small_offset = bytes.size() >= 4 && bytes[2] == '\0' && bytes[3] == '\0';
  return !bytes.empty() && kFirstBytes.find(bytes[0]) != std::string_view::npos && !small_offset;
}

std::string first_bytes(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes.substr(0, 8)) {
    const auto value = static_cast<unsigned char>(byte);
    text += (text.empty() ? "" : " ");
    text += kDigits[value >> 4];
    text += kDigits[value & 15];
  }
  return text.empty() ? "no bytes" : "a file that begins with " + text;
}

}  // namespace

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

Result<ModelFormat> model_format(std::span<const std::byte> bytes) {
  if (static_cast<std::uint64_t>(bytes.size()) > static_cast<std::uint64_t>(kMaxModelBytes)) {
    return Error{ErrorCode::ResourceExhausted, "model: expected at most " +
                                                   std::to_string(kMaxModelBytes) + " bytes, got " +
                                                   std::to_string(bytes.size())};
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (is_tflite(text)) return ModelFormat::Tflite;
  if (is_onnx(text)) return ModelFormat::Onnx;
  return Error{ErrorCode::InvalidModel,
               "model: expected .tflite ('TFL3' at byte 4) or .onnx (a ModelProto), got " +
                   first_bytes(text)};
}

Result<graph::Graph> import_model(std::span<const std::byte> bytes, const ImportOptions& options) {
  TILEWRIGHT_TRY(const ModelFormat format, model_format(bytes));
  switch (format) {
    case ModelFormat::Tflite:
      return import_tflite(bytes, options);
    case ModelFormat::Onnx:
      return import_onnx(bytes, options);
  }
  return Error{ErrorCode::InvalidModel, "model: expected .tflite or .onnx, got another"};
}

}  // namespace tilewright::importer
