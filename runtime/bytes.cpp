// SPDX-License-Identifier: Apache-2.0
#include "runtime/bytes.h"

#include <algorithm>

namespace tilewright::runtime {

void ByteWriter::put_string(std::string_view text) {
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(text.size(), kMaxStringBytes));
  put(size);
  put_bytes(std::as_bytes(std::span(text.data(), size)));
}

void ByteWriter::pad_to(std::size_t alignment) {
  bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment);
}

bool ByteReader::get_bool() {
  const auto raw = get<std::uint8_t>();
  if (raw > 1) fail("0 or 1");
  return !failed() && raw == 1;
}

std::string ByteReader::get_string() {
  const auto size = get<std::uint32_t>();
  if (size > kMaxStringBytes)
    fail("a string of at most " + std::to_string(kMaxStringBytes) + " bytes");
  if (failed()) return {};
  const std::span<const std::byte> raw = take(size);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

std::size_t ByteReader::get_count(std::size_t item_bytes) {
  const auto count = get<std::uint32_t>();
  if (count > kMaxListItems || count > left() / std::max<std::size_t>(item_bytes, 1)) {
    fail("a list that fits into the bytes left, got " + std::to_string(count) + " items");
  }
  return failed() ? 0 : count;
}

std::span<const std::byte> ByteReader::take(std::size_t size_bytes) {
  if (size_bytes > left())
    fail(std::to_string(size_bytes) + " more bytes, got " + std::to_string(left()));
  if (failed()) return {};
  const std::span<const std::byte> taken = bytes_.subspan(position_, size_bytes);
  position_ += size_bytes;
  return taken;
}

void ByteReader::fail(const std::string& expected) {
  if (!failed()) failure_ = "at byte " + std::to_string(position_) + ": expected " + expected;
}

Status ByteReader::status(const std::string& where) const {
  if (!failed()) return ok();
  return Error{ErrorCode::InvalidModel, where + ": " + failure_};
}

std::uint64_t checksum(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::byte byte : bytes) {
    hash ^= static_cast<std::uint64_t>(byte);
    hash *= 0x100000001b3U;
  }
  return hash;
}

}  // namespace tilewright::runtime
