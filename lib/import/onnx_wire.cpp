// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_wire.h"

#include <bit>
#include <cstring>
#include <type_traits>

namespace tilewright::importer::onnx {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers of the file are little endian");

constexpr int kMaxVarintBytes = 10;

const char* name(WireType type) {
  switch (type) {
    case WireType::Varint:
      return "a varint";
    case WireType::Fixed64:
      return "8 bytes";
    case WireType::Bytes:
      return "a length and bytes";
    case WireType::Fixed32:
      return "4 bytes";
  }
  return "unknown";
}

Error wrong_type(const WireField& field, std::string_view where, WireType expected) {
  return {ErrorCode::InvalidModel, "onnx: byte " + std::to_string(field.offset) + ": " +
                                       std::string(where) + ": expected " + name(expected) +
                                       ", got " + name(field.type)};
}

Status expect(const WireField& field, std::string_view where, WireType type) {
  if (field.type != type) return wrong_type(field, where, type);
  return ok();
}

/// Appends the numbers of a packed field of `T`s, or the single one of `single` type.
template <typename T>
Status append_fixed(const WireField& field, std::string_view where, WireType single,
                    std::vector<T>& to) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  if (field.type == single) {
    to.push_back(std::bit_cast<T>(static_cast<Bits>(field.value)));
    return ok();
  }
  TILEWRIGHT_RETURN_IF_ERROR(expect(field, where, WireType::Bytes));
  if (field.bytes.size() % sizeof(T) != 0) {
    return Error{ErrorCode::InvalidModel, "onnx: byte " + std::to_string(field.offset) + ": " +
                                              std::string(where) + ": expected a multiple of " +
                                              std::to_string(sizeof(T)) + " bytes, got " +
                                              std::to_string(field.bytes.size())};
  }
  const std::size_t begin = to.size();
  to.resize(begin + field.bytes.size() / sizeof(T));
  if (!field.bytes.empty()) std::memcpy(to.data() + begin, field.bytes.data(), field.bytes.size());
  return ok();
}

}  // namespace

Error WireReader::broken(std::string_view expected, std::string_view got) const {
  return {ErrorCode::InvalidModel, "onnx: byte " + std::to_string(offset_ + position_) +
                                       ": expected " + std::string(expected) + ", got " +
                                       std::string(got)};
}

Result<std::uint64_t> WireReader::varint() {
  std::uint64_t value = 0;
  for (int i = 0; i < kMaxVarintBytes; ++i) {
    const std::size_t at = position_ + static_cast<std::size_t>(i);
    if (at >= bytes_.size()) return broken("a varint", "the end of the message");
    const auto byte = std::to_integer<std::uint64_t>(bytes_[at]);
    value |= (byte & 0x7f) << (7 * i);
    if ((byte & 0x80) == 0) {
      position_ = at + 1;
      return value;
    }
  }
  return broken("a varint of at most 10 bytes", "a longer one");
}

Result<std::uint64_t> WireReader::fixed(std::size_t size_bytes) {
  if (bytes_.size() - position_ < size_bytes) {
    return broken(std::to_string(size_bytes) + " bytes", std::to_string(bytes_.size() - position_));
  }
  std::uint64_t value = 0;
  std::memcpy(&value, bytes_.data() + position_, size_bytes);
  position_ += size_bytes;
  return value;
}

Result<WireField> WireReader::next() {
  TILEWRIGHT_TRY(const std::uint64_t key, varint());
  WireField field{.number = static_cast<std::uint32_t>(key >> 3)};
  if (key >> 3 == 0 || key >> 32 != 0) {
    return broken("a field number from 1 to 536870911", std::to_string(key >> 3));
  }
  field.offset = offset_ + position_;
  switch (key & 7) {
    case 0: {
      TILEWRIGHT_TRY(field.value, varint());
      return field;
    }
    case 1: {
      field.type = WireType::Fixed64;
      TILEWRIGHT_TRY(field.value, fixed(8));
      return field;
    }
    case 5: {
      field.type = WireType::Fixed32;
      TILEWRIGHT_TRY(field.value, fixed(4));
      return field;
    }
    case 2:
      break;
    default:
      return broken("wire type 0, 1, 2 or 5", std::to_string(key & 7));
  }
  field.type = WireType::Bytes;
  TILEWRIGHT_TRY(const std::uint64_t length, varint());
  if (length > bytes_.size() - position_) {
    return broken(std::to_string(length) + " bytes", std::to_string(bytes_.size() - position_));
  }
  field.offset = offset_ + position_;
  field.bytes = bytes_.subspan(position_, length);
  position_ += length;
  return field;
}

Status expect_message(const WireField& field, std::string_view where) {
  return expect(field, where, WireType::Bytes);
}

Result<std::string> read_string(const WireField& field, std::string_view where) {
  TILEWRIGHT_RETURN_IF_ERROR(expect(field, where, WireType::Bytes));
  return std::string(reinterpret_cast<const char*>(field.bytes.data()), field.bytes.size());
}

Result<std::int64_t> read_int(const WireField& field, std::string_view where) {
  TILEWRIGHT_RETURN_IF_ERROR(expect(field, where, WireType::Varint));
  return static_cast<std::int64_t>(field.value);
}

Result<float> read_float(const WireField& field, std::string_view where) {
  TILEWRIGHT_RETURN_IF_ERROR(expect(field, where, WireType::Fixed32));
  return std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
}

Status append_ints(const WireField& field, std::string_view where, std::vector<std::int64_t>& to) {
  if (field.type == WireType::Varint) {
    to.push_back(static_cast<std::int64_t>(field.value));
    return ok();
  }
  TILEWRIGHT_RETURN_IF_ERROR(expect(field, where, WireType::Bytes));
  for (WireReader reader(field); !reader.done();) {
    TILEWRIGHT_TRY(const std::uint64_t value, reader.varint());
    to.push_back(static_cast<std::int64_t>(value));
  }
  return ok();
}

Status append_floats(const WireField& field, std::string_view where, std::vector<float>& to) {
  return append_fixed(field, where, WireType::Fixed32, to);
}

Status append_doubles(const WireField& field, std::string_view where, std::vector<double>& to) {
  return append_fixed(field, where, WireType::Fixed64, to);
}

}  // namespace tilewright::importer::onnx
