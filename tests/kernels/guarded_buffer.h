// SPDX-License-Identifier: Apache-2.0
// Memory between two pages that nobody may touch: an access beyond it stops the test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tilewright::kernels::tests {

/// Which guard page the memory touches; the other side has up to a page of poison.
enum class Placement { AtFront, AtBack };

/// Every byte of fresh memory: a NaN as float, -1 as integer.
inline constexpr std::byte kPoison{0xFF};

/// `size_bytes` bytes, poisoned. At the back, the start is aligned down to `alignment`.
class GuardedBuffer {
 public:
  GuardedBuffer(std::int64_t size_bytes, Placement placement, std::int64_t alignment);
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::span<std::byte> bytes() const { return {data_, size_bytes_}; }
  void poison();
  /// Whether the poison beside the memory is whole.
  [[nodiscard]] bool surroundings_are_poisoned() const;

 private:
  std::byte* mapping_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t size_bytes_ = 0;
  std::size_t usable_bytes_ = 0;
};

}  // namespace tilewright::kernels::tests
