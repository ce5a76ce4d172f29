// SPDX-License-Identifier: Apache-2.0
// Little-endian bytes of our own files: written without failure, read without trust.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tilewright/status.h"

namespace tilewright::runtime {

/// Longest string and most items of one list in our files.
inline constexpr std::uint32_t kMaxStringBytes = 1U << 16;
inline constexpr std::uint32_t kMaxListItems = 1U << 20;

class ByteWriter {
 public:
  /// Integers and floats as they are, bools and enums as their bytes.
  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void put(T value) {
    std::byte raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes_.insert(bytes_.end(), raw, raw + sizeof(T));
  }
  /// A length and the characters, cut to kMaxStringBytes.
  void put_string(std::string_view text);
  void put_bytes(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  /// Zeros up to the next multiple of `alignment`.
  void pad_to(std::size_t alignment);

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads from the front; the first failure stays, and everything read after it is zero. So a whole
/// record can be read before `status` is asked once; sizes that steer loops or memory must be asked
/// for at once, by `get_count`.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T>
    requires std::is_arithmetic_v<T> && (!std::same_as<T, bool>)
  [[nodiscard]] T get() {
    T value{};
    const std::span<const std::byte> raw = take(sizeof(T));
    if (!raw.empty()) std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }
  /// A byte that must be 0 or 1.
  [[nodiscard]] bool get_bool();
  /// An enum whose values are 0 to `last`.
  template <typename T>
    requires std::is_enum_v<T>
  [[nodiscard]] T get_enum(T last) {
    using Raw = std::underlying_type_t<T>;
    const Raw raw = get<Raw>();
    if (raw > static_cast<Raw>(last))
      fail("an enumerator of at most " + std::to_string(static_cast<int>(last)));
    return failed() ? T{} : static_cast<T>(raw);
  }
  [[nodiscard]] std::string get_string();
  /// The number of items that follow, of at least `item_bytes` each: bounded by kMaxListItems and
  /// by the bytes left.
  [[nodiscard]] std::size_t get_count(std::size_t item_bytes);
  [[nodiscard]] std::span<const std::byte> take(std::size_t size_bytes);

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - position_; }
  [[nodiscard]] bool failed() const { return !failure_.empty(); }
  /// Marks the input as broken; the first failure stays.
  void fail(const std::string& expected);
  /// Errors: InvalidModel, "<where>: at byte 17: expected ...".
  [[nodiscard]] Status status(const std::string& where) const;

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  std::string failure_;
};

/// FNV-1a over `bytes`: finds accidents, not attacks. Every field is checked all the same.
[[nodiscard]] std::uint64_t checksum(std::span<const std::byte> bytes);

}  // namespace tilewright::runtime
