// SPDX-License-Identifier: Apache-2.0
#include "runtime/arena.h"

#include <algorithm>
#include <utility>

#include "tilewright/tensor.h"

#include "kernels/cache_lines.h"
#include "runtime/block_memory.h"

namespace tilewright::runtime {
namespace {

Block block_from(const Allocator& allocator, std::int64_t size_bytes) {
  if (allocator.allocate == nullptr) return allocate_block(size_bytes);
  void* memory = allocator.allocate(allocator.user, size_bytes, kTensorAlignment);
  return {static_cast<std::byte*>(memory), false};
}

void release(void*, void* memory, std::int64_t size_bytes) {
  release_block(static_cast<std::byte*>(memory), size_bytes);
}

bool is_aligned(const void* memory) {
  return reinterpret_cast<std::uintptr_t>(memory) % static_cast<std::uintptr_t>(kTensorAlignment) ==
         0;
}

}  // namespace

Result<Arena> Arena::allocate(std::int64_t size_bytes, const Allocator& allocator,
                              std::int64_t spare_bytes) {
  Allocator used = allocator;
  if (used.allocate == nullptr) used.release = release;
  const std::int64_t rounded = kernels::whole_line_bytes(std::max<std::int64_t>(size_bytes, 1));
  const bool has_spare = allocator.allocate == nullptr &&
                         block_holds_more(rounded, kernels::whole_line_bytes(spare_bytes));
  const std::int64_t rounded_spare = has_spare ? kernels::whole_line_bytes(spare_bytes) : 0;
  const std::int64_t block_bytes = rounded + rounded_spare;
  const Block block = block_from(used, block_bytes);
  if (block.memory == nullptr) {
    return Error{ErrorCode::ResourceExhausted, "arena: expected " + std::to_string(block_bytes) +
                                                   " bytes from the allocator, got none"};
  }
  if (!is_aligned(block.memory)) {
    if (used.release != nullptr) used.release(used.user, block.memory, block_bytes);
    return Error{ErrorCode::ResourceExhausted, "arena: expected memory aligned to " +
                                                   std::to_string(kTensorAlignment) + " bytes"};
  }
  return Arena(block, rounded, rounded_spare, used);
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
  return Arena({static_cast<std::byte*>(memory.memory), false}, size_bytes, 0, keep);
}

Arena::Arena(Arena&& other) noexcept
    : block_(std::exchange(other.block_, {})),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      spare_bytes_(std::exchange(other.spare_bytes_, 0)),
      allocator_(other.allocator_) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(block_, other.block_);
  std::swap(size_bytes_, other.size_bytes_);
  std::swap(spare_bytes_, other.spare_bytes_);
  std::swap(allocator_, other.allocator_);
  return *this;
}

Arena::~Arena() {
  if (block_.memory != nullptr && allocator_.release != nullptr) {
    allocator_.release(allocator_.user, block_.memory, size_bytes_ + spare_bytes_);
  }
}

}  // namespace tilewright::runtime
