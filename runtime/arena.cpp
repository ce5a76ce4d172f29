// SPDX-License-Identifier: Apache-2.0
#include "runtime/arena.h"

#include <cstdlib>
#include <utility>

#include "tilewright/tensor.h"

namespace tilewright::runtime {
namespace {

void* heap_allocate(void*, std::int64_t size_bytes, std::int64_t alignment) {
  return std::aligned_alloc(static_cast<std::size_t>(alignment),
                            static_cast<std::size_t>(size_bytes));
}

void heap_release(void*, void* memory, std::int64_t) {
  std::free(memory);
}

bool is_aligned(const void* memory) {
  return reinterpret_cast<std::uintptr_t>(memory) % static_cast<std::uintptr_t>(kTensorAlignment) ==
         0;
}

}  // namespace

Result<Arena> Arena::allocate(std::int64_t size_bytes, const Allocator& allocator) {
  Allocator used = allocator;
  if (used.allocate == nullptr) used = {heap_allocate, heap_release, nullptr};
  const std::int64_t rounded = (std::max<std::int64_t>(size_bytes, 1) + kTensorAlignment - 1) /
                               kTensorAlignment * kTensorAlignment;
  void* memory = used.allocate(used.user, rounded, kTensorAlignment);
  if (memory == nullptr) {
    return Error{ErrorCode::ResourceExhausted, "arena: expected " + std::to_string(rounded) +
                                                   " bytes from the allocator, got none"};
  }
  if (!is_aligned(memory)) {
    if (used.release != nullptr) used.release(used.user, memory, rounded);
    return Error{ErrorCode::ResourceExhausted, "arena: expected memory aligned to " +
                                                   std::to_string(kTensorAlignment) + " bytes"};
  }
  return Arena(static_cast<std::byte*>(memory), rounded, used);
}

Result<Arena> Arena::borrow(const BankMemory& memory, std::int64_t size_bytes) {
  const std::string where = "bank '" + std::string(memory.name) + "': expected ";
  if (memory.bytes < size_bytes) {
    return Error{ErrorCode::ResourceExhausted, where + std::to_string(size_bytes) + " bytes, got " +
                                                   std::to_string(memory.bytes)};
  }
  if (!is_aligned(memory.memory)) {
    return Error{ErrorCode::ResourceExhausted,
                 where + "memory aligned to " + std::to_string(kTensorAlignment) + " bytes"};
  }
  Allocator keep;
  return Arena(static_cast<std::byte*>(memory.memory), size_bytes, keep);
}

Arena::Arena(Arena&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      allocator_(other.allocator_) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(size_bytes_, other.size_bytes_);
  std::swap(allocator_, other.allocator_);
  return *this;
}

Arena::~Arena() {
  if (memory_ != nullptr && allocator_.release != nullptr) {
    allocator_.release(allocator_.user, memory_, size_bytes_);
  }
}

}  // namespace tilewright::runtime
