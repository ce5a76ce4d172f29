// SPDX-License-Identifier: Apache-2.0
// Protobuf's wire format, read field by field from bytes that nobody has checked. A message is a
// list of fields; nothing here recurses: whoever expects a message inside a field opens a reader on
// that field. Source: protobuf.dev, "Encoding".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/status.h"

namespace tilewright::importer::onnx {

/// The limit protobuf sets on a message.
inline constexpr std::size_t kMaxMessageBytes = (std::size_t{1} << 31) - 1;

enum class WireType : std::uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

/// One field as it stands in the file. `value` holds a Varint, Fixed64 or Fixed32; `bytes` those of
/// Bytes, which lie in the file at `offset`.
struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::Varint;
  std::uint64_t value = 0;
  std::span<const std::byte> bytes;
  std::size_t offset = 0;
};

/// Reads the fields of one message in order. `bytes` must outlive the fields.
class WireReader {
 public:
  /// `offset` is where `bytes` begin in the file, for messages.
  explicit WireReader(std::span<const std::byte> bytes, std::size_t offset = 0)
      : bytes_(bytes), offset_(offset) {}
  /// The message inside a field.
  explicit WireReader(const WireField& field) : WireReader(field.bytes, field.offset) {}

  [[nodiscard]] bool done() const { return position_ == bytes_.size(); }
  /// Where in the file the next field begins.
  [[nodiscard]] std::size_t place() const { return offset_ + position_; }

  /// The next field; not `done()`.
  /// Errors: InvalidModel, "onnx: byte 17: expected ..., got ...".
  [[nodiscard]] Result<WireField> next();

  /// The next number without a field key, as in packed fields.
  [[nodiscard]] Result<std::uint64_t> varint();

 private:
  [[nodiscard]] Result<std::uint64_t> fixed(std::size_t size_bytes);
  [[nodiscard]] Error broken(std::string_view expected, std::string_view got) const;

  std::span<const std::byte> bytes_;
  std::size_t offset_ = 0;
  std::size_t position_ = 0;
};

/// The readings of a field, by the type its message gives it. `where` names the field for messages:
/// `NodeProto.name`. Errors: InvalidModel, if the field has another wire type.
[[nodiscard]] Status expect_message(const WireField& field, std::string_view where);
[[nodiscard]] Result<std::string> read_string(const WireField& field, std::string_view where);
[[nodiscard]] Result<std::int64_t> read_int(const WireField& field, std::string_view where);
[[nodiscard]] Result<float> read_float(const WireField& field, std::string_view where);

/// Appends one element, or all of a packed field.
[[nodiscard]] Status append_ints(const WireField& field, std::string_view where,
                                 std::vector<std::int64_t>& to);
[[nodiscard]] Status append_floats(const WireField& field, std::string_view where,
                                   std::vector<float>& to);
[[nodiscard]] Status append_doubles(const WireField& field, std::string_view where,
                                    std::vector<double>& to);

}  // namespace tilewright::importer::onnx
