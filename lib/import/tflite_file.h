// SPDX-License-Identifier: Apache-2.0
// The container of a .tflite file: a flatbuffer that has been verified, and the bytes of its
// buffers, which may stand inside it or behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "tilewright/status.h"

#include "tflite_generated.h"

namespace tilewright::importer::tflite {

namespace schema = tflite_schema;

/// A .tflite file whose tables may be read without further bounds checks. Borrows the bytes it was
/// opened from. What the tables say (indices, shapes, sizes) is not yet checked.
struct File {
  std::vector<std::byte> aligned_copy;  // empty if the caller's bytes are aligned
  std::span<const std::byte> bytes;
  const schema::Model* model = nullptr;
};

/// Verifies the flatbuffer. Errors: InvalidModel.
[[nodiscard]] Result<File> open_tflite(std::span<const std::byte> bytes);

/// The bytes of a buffer of the file; empty if it has none.
/// Errors: InvalidModel, if the index or the range is outside the file.
[[nodiscard]] Result<std::span<const std::byte>> buffer_bytes(const File& file,
                                                              std::uint32_t index);

/// Elements of a vector that may be absent.
template <typename T>
[[nodiscard]] std::size_t size_of(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? 0 : vector->size();
}

/// The elements of a vector of numbers; empty if it is absent.
template <typename T>
[[nodiscard]] std::span<const T> elements_of(const flatbuffers::Vector<T>* vector) {
  static_assert(sizeof(T) <= sizeof(flatbuffers::uoffset_t), "see wide_elements_of");
  if (vector == nullptr) return {};
  return {vector->data(), vector->size()};
}

/// The same for numbers wider than the vector's length, which alone is verified to stand aligned.
template <typename T>
[[nodiscard]] std::vector<T> wide_elements_of(const flatbuffers::Vector<T>* vector) {
  std::vector<T> elements(size_of(vector));
  if (!elements.empty()) std::memcpy(elements.data(), vector->Data(), elements.size() * sizeof(T));
  return elements;
}

}  // namespace tilewright::importer::tflite
