// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_file.h"

#include <algorithm>
#include <string>

namespace tilewright::importer::tflite {
namespace {

// The format's tables nest six deep; the rest is room. A table takes at least 4 bytes, so a small
// file cannot ask for much work either.
constexpr flatbuffers::uoffset_t kMaxDepth = 16;
constexpr flatbuffers::uoffset_t kMaxTables = 1'000'000;
// The offset of the root, the identifier, and a table without fields.
constexpr std::size_t kLeastBytes = 12;
// Tables are read in place, so the widest scalar must stand aligned.
constexpr std::uintptr_t kAlignment = 16;
// Offsets of this or less mark buffers that stand in the flatbuffer.
constexpr std::uint64_t kNoOffset = 1;

Error invalid(std::string message) {
  return Error{ErrorCode::InvalidModel, "tflite: " + std::move(message)};
}

}  // namespace

Result<File> open_tflite(std::span<const std::byte> bytes) {
  if (bytes.size() < kLeastBytes) {
    return invalid("file: expected at least " + std::to_string(kLeastBytes) + " bytes, got " +
                   std::to_string(bytes.size()));
  }
  File file;
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % kAlignment != 0) {
    file.aligned_copy.assign(bytes.begin(), bytes.end());
    bytes = file.aligned_copy;
  }
  if (!schema::ModelBufferHasIdentifier(bytes.data())) {
    return invalid("file: expected the identifier TFL3, got other bytes");
  }
  // Larger files keep their weights behind the flatbuffer.
  const std::size_t table_bytes =
      std::min(bytes.size(), static_cast<std::size_t>(FLATBUFFERS_MAX_BUFFER_SIZE - 1));
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), table_bytes,
                                 kMaxDepth, kMaxTables);
  if (!schema::VerifyModelBuffer(verifier)) {
    return invalid("file: expected a whole flatbuffer, got offsets that leave its " +
                   std::to_string(bytes.size()) + " bytes or more tables than fit");
  }
  file.bytes = bytes;
  file.model = schema::GetModel(bytes.data());
  return file;
}

Result<std::span<const std::byte>> buffer_bytes(const File& file, std::uint32_t index) {
  const auto* buffers = file.model->buffers();
  if (index >= size_of(buffers)) {
    return invalid("buffer " + std::to_string(index) + ": expected an index below " +
                   std::to_string(size_of(buffers)));
  }
  const schema::Buffer& buffer = *buffers->Get(index);
  if (buffer.offset() <= kNoOffset) return std::as_bytes(elements_of(buffer.data()));
  const std::uint64_t total = file.bytes.size();
  if (buffer.offset() > total || buffer.size() > total - buffer.offset()) {
    return invalid("buffer " + std::to_string(index) + ": expected a range within the file's " +
                   std::to_string(total) + " bytes, got offset " + std::to_string(buffer.offset()) +
                   " and size " + std::to_string(buffer.size()));
  }
  return file.bytes.subspan(buffer.offset(), buffer.size());
}

}  // namespace tilewright::importer::tflite
