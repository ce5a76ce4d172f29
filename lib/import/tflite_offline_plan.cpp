// SPDX-License-Identifier: Apache-2.0
// An offline plan in a .tflite file. Offsets of a flatbuffer point forward alone, so new tables
// that point at old ones stand before them: the file gets a new beginning, and is otherwise moved
// back as it is.
//
//   root, "TFL3" | vtable | Model | buffers + 1 | metadata (+ 1) | Metadata, name | Buffer, data |
//   file
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "lib/import/op_list.h"
#include "lib/import/tflite_structure.h"

namespace tilewright::importer {
namespace tflite {
namespace {

constexpr std::string_view kPlanName = "OfflineMemoryAllocation";
constexpr std::size_t kWord = 4;
// Tables and data keep the alignment they had.
constexpr std::size_t kFileAlignment = 64;
constexpr std::size_t kDataAlignment = 16;
// Of Model: version, operator_codes, subgraphs, description, buffers, metadata_buffer, metadata,
// signature_defs. Each takes one word.
constexpr std::size_t kModelFields = 8;
constexpr std::size_t kBuffersField = 4, kMetadataField = 6;
constexpr std::uint32_t kFormatVersion = 0, kSubgraph = 0;

/// Bytes that grow; numbers are little endian, as the whole library is.
class Front {
 public:
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  void pad_to(std::size_t alignment) {
    bytes_.resize((size() + alignment - 1) / alignment * alignment);
  }
  template <typename T>
  std::size_t add(T value) {
    const std::size_t position = size();
    bytes_.resize(position + sizeof value);
    std::memcpy(bytes_.data() + position, &value, sizeof value);
    return position;
  }
  void set(std::size_t position, std::size_t value) {
    const auto word = static_cast<std::uint32_t>(value);
    std::memcpy(bytes_.data() + position, &word, sizeof word);
  }
  /// Lets the offset at `position` point at `target`.
  void point(std::size_t position, std::size_t target) { set(position, target - position); }
  [[nodiscard]] std::vector<std::byte> take() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// A table whose fields are words, all there; gives its position.
std::size_t add_table(Front& front, std::size_t fields) {
  front.pad_to(kWord);
  const std::size_t vtable = front.add(static_cast<std::uint16_t>(kWord + 2 * fields));
  front.add(static_cast<std::uint16_t>(kWord + kWord * fields));
  for (std::size_t i = 0; i < fields; ++i)
    front.add(static_cast<std::uint16_t>(kWord + kWord * i));
  front.pad_to(kWord);
  const std::size_t table = front.add(static_cast<std::int32_t>(0));
  front.set(table, table - vtable);
  for (std::size_t i = 0; i < fields; ++i)
    front.add(std::uint32_t{0});
  return table;
}

std::size_t field_of(std::size_t table, std::size_t field) {
  return table + kWord + kWord * field;
}

/// What the new beginning points at in the file, by places in it; 0 for what is absent.
struct OldPlaces {
  std::uint32_t version = 0;
  std::size_t fields[kModelFields] = {};
  std::vector<std::size_t> buffers, metadata;
  std::optional<std::size_t> old_plan;  // among `metadata`
};

std::size_t place_of(const File& file, const void* table) {
  return static_cast<std::size_t>(static_cast<const std::byte*>(table) - file.bytes.data());
}

Error unsupported(const std::string& what) {
  return {ErrorCode::Unsupported, "tflite: offline plan: expected " + what};
}

Status check_movable(const File& file) {
  for (const auto* buffer : *file.model->buffers()) {
    if (buffer->offset() > 1) return unsupported("buffers in the flatbuffer, got one behind it");
  }
  for (const auto* subgraph : *file.model->subgraphs()) {
    for (std::size_t i = 0; i < size_of(subgraph->operators()); ++i) {
      const auto* source = subgraph->operators()->Get(static_cast<flatbuffers::uoffset_t>(i));
      if (source->large_custom_options_offset() != 0)
        return unsupported("options in the flatbuffer, got some behind it");
    }
  }
  return ok();
}

Result<OldPlaces> old_places(const File& file) {
  // The model is the root table, so it may be read as one.
  const auto* table = reinterpret_cast<const flatbuffers::Table*>(file.model);
  const auto vtable_bytes = flatbuffers::ReadScalar<flatbuffers::voffset_t>(table->GetVTable());
  if (vtable_bytes > kWord + 2 * kModelFields)
    return unsupported("a known format, got a newer one");
  OldPlaces old{.version = file.model->version()};
  for (std::size_t field = 1; field < kModelFields; ++field) {
    const auto vtable_place = static_cast<flatbuffers::voffset_t>(kWord + 2 * field);
    const auto* target = table->GetPointer<const std::byte*>(vtable_place);
    if (target != nullptr) old.fields[field] = place_of(file, target);
  }
  for (const auto* buffer : *file.model->buffers())
    old.buffers.push_back(place_of(file, buffer));
  for (std::size_t i = 0; i < size_of(file.model->metadata()); ++i) {
    const auto* entry = file.model->metadata()->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (entry->name() != nullptr && entry->name()->string_view() == kPlanName) old.old_plan = i;
    old.metadata.push_back(place_of(file, entry));
  }
  return old;
}

/// A vector of offsets, `count` of them, still to be pointed; gives the place of the first.
std::size_t add_vector(Front& front, std::size_t count) {
  front.add(static_cast<std::uint32_t>(count));
  const std::size_t first = front.size();
  for (std::size_t i = 0; i < count; ++i)
    front.add(std::uint32_t{0});
  return first;
}

/// A Metadata table that names the buffer.
std::size_t add_metadata(Front& front, std::size_t buffer) {
  const std::size_t table = add_table(front, 2);
  front.set(field_of(table, 1), buffer);
  front.point(field_of(table, 0), front.size());
  front.add(static_cast<std::uint32_t>(kPlanName.size()));
  for (const char c : kPlanName)
    front.add(c);
  front.add('\0');
  return table;
}

/// A Buffer table with the plan's numbers.
std::size_t add_plan(Front& front, std::span<const std::optional<std::int64_t>> offsets) {
  const std::size_t table = add_table(front, 1);
  front.add(std::uint32_t{0});
  while ((front.size() + kWord) % kDataAlignment != 0)
    front.add(std::uint32_t{0});
  front.point(field_of(table, 0), front.size());
  front.add(static_cast<std::uint32_t>((3 + offsets.size()) * kWord));
  front.add(kFormatVersion);
  front.add(kSubgraph);
  front.add(static_cast<std::uint32_t>(offsets.size()));
  for (const std::optional<std::int64_t>& offset : offsets)
    front.add(static_cast<std::int32_t>(offset.value_or(-1)));
  return table;
}

std::vector<std::byte> new_front(const OldPlaces& old,
                                 std::span<const std::optional<std::int64_t>> offsets) {
  Front front;
  front.add(std::uint32_t{0});
  for (const char c : std::string_view("TFL3"))
    front.add(c);
  const std::size_t model = add_table(front, kModelFields);
  front.point(0, model);
  front.set(field_of(model, 0), old.version);
  const std::size_t buffers = add_vector(front, old.buffers.size() + 1);
  const std::size_t entries = old.metadata.size() + (old.old_plan ? 0 : 1);
  const std::size_t metadata = add_vector(front, entries);
  const std::size_t entry = add_metadata(front, old.buffers.size());
  const std::size_t plan = add_plan(front, offsets);
  front.pad_to(kFileAlignment);
  const std::size_t moved = front.size();
  for (std::size_t field = 1; field < kModelFields; ++field) {
    if (old.fields[field] != 0) front.point(field_of(model, field), moved + old.fields[field]);
  }
  front.point(field_of(model, kBuffersField), buffers - kWord);
  front.point(field_of(model, kMetadataField), metadata - kWord);
  for (std::size_t i = 0; i < old.buffers.size(); ++i)
    front.point(buffers + kWord * i, moved + old.buffers[i]);
  front.point(buffers + kWord * old.buffers.size(), plan);
  for (std::size_t i = 0; i < old.metadata.size(); ++i)
    front.point(metadata + kWord * i, moved + old.metadata[i]);
  front.point(metadata + kWord * old.old_plan.value_or(old.metadata.size()), entry);
  return std::move(front).take();
}

/// Fields of the model that are absent must be so in the vtable too: an offset of 0 is not allowed.
void drop_absent_fields(const OldPlaces& old, std::vector<std::byte>& front) {
  constexpr std::size_t kVtable = 8;
  for (std::size_t field = 1; field < kModelFields; ++field) {
    if (old.fields[field] != 0 || field == kMetadataField) continue;
    const std::uint16_t absent = 0;
    std::memcpy(front.data() + kVtable + kWord + 2 * field, &absent, sizeof absent);
  }
}

}  // namespace
}  // namespace tflite

Result<bool> has_offline_plan(std::span<const std::byte> bytes) {
  TILEWRIGHT_TRY(const tflite::File file, tflite::open_tflite(bytes));
  if (file.model->metadata() == nullptr) return false;
  for (const auto* entry : *file.model->metadata()) {
    if (entry->name() != nullptr && entry->name()->string_view() == tflite::kPlanName) return true;
  }
  return false;
}

Result<std::vector<std::byte>> tflite_with_offline_plan(
    std::span<const std::byte> bytes, std::span<const std::optional<std::int64_t>> offsets) {
  using namespace tflite;
  TILEWRIGHT_TRY(const File file, open_tflite(bytes));
  TILEWRIGHT_TRY(const std::vector<StoredTensor> stored, check_structure(file));
  TILEWRIGHT_CHECK(offsets.size() == stored.size());
  for (const std::optional<std::int64_t>& offset : offsets) {
    if (offset.value_or(0) <= std::numeric_limits<std::int32_t>::max()) continue;
    return Error{
        ErrorCode::InvalidArgument,
        "tflite: offline plan: expected offsets of 31 bits, got " + std::to_string(*offset)};
  }
  if (file.model->buffers() == nullptr) return unsupported("a file with buffers, got none");
  TILEWRIGHT_RETURN_IF_ERROR(check_movable(file));
  TILEWRIGHT_TRY(const OldPlaces old, old_places(file));
  std::vector<std::byte> result = new_front(old, offsets);
  drop_absent_fields(old, result);
  result.insert(result.end(), file.bytes.begin(), file.bytes.end());
  TILEWRIGHT_TRY(const File changed, open_tflite(result));
  TILEWRIGHT_RETURN_IF_ERROR(check_structure(changed));
  return result;
}

}  // namespace tilewright::importer
