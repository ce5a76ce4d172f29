// SPDX-License-Identifier: Apache-2.0
// Memory that is handed out piece by piece and not taken back; the heap's when it is used up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory_resource>
#include <new>
#include <span>

namespace tilewright::runtime {

/// The standard's `monotonic_buffer_resource` would do, but its code lies in the standard library,
/// where its first use costs a process pages. `memory` outlives it.
class SpareMemory final : public std::pmr::memory_resource {
 public:
  explicit SpareMemory(std::span<std::byte> memory) : memory_(memory) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data()) + used_;
    const std::size_t begin = used_ + (alignment - address % alignment) % alignment;
    if (begin > memory_.size() || bytes > memory_.size() - begin)
      return ::operator new(bytes, std::align_val_t(alignment));
    used_ = begin + bytes;
    return memory_.data() + begin;
  }
  void do_deallocate(void* piece, std::size_t bytes, std::size_t alignment) override {
    const auto* const begin = static_cast<std::byte*>(piece);
    const bool is_spare = std::greater_equal<>()(begin, memory_.data()) &&
                          std::less<>()(begin, memory_.data() + memory_.size());
    if (!is_spare) ::operator delete(piece, bytes, std::align_val_t(alignment));
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::span<std::byte> memory_;
  std::size_t used_ = 0;
};

}  // namespace tilewright::runtime
