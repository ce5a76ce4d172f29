// SPDX-License-Identifier: Apache-2.0
// One block of aligned memory: from the embedder's allocator, returned when it goes, or lent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tilewright/platform.h"
#include "tilewright/status.h"

#include "runtime/block_memory.h"

namespace tilewright::runtime {

class Arena {
 public:
  /// With `spare_bytes` behind it if the embedder brings no allocator and they lie better there
  /// than elsewhere (`block_holds_more`): for what is small and lives as long. Errors:
  /// ResourceExhausted, if the allocator returns null or memory that is not aligned.
  [[nodiscard]] static Result<Arena> allocate(std::int64_t size_bytes, const Allocator& allocator,
                                              std::int64_t spare_bytes = 0);

  /// The embedder's own memory, which stays his. Errors: ResourceExhausted, if it is smaller than
  /// `size_bytes` or not aligned.
  [[nodiscard]] static Result<Arena> borrow(const BankMemory& memory, std::int64_t size_bytes);

  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  ~Arena();

  [[nodiscard]] std::byte* data() const { return block_.memory; }
  [[nodiscard]] std::int64_t size_bytes() const { return size_bytes_; }
  /// Memory of the same block that is not of the arena, aligned likewise; may be empty.
  [[nodiscard]] std::span<std::byte> spare() const {
    return {block_.memory + size_bytes_, static_cast<std::size_t>(spare_bytes_)};
  }
  /// Whether the memory was all zero when it came.
  [[nodiscard]] bool came_zeroed() const { return block_.is_zero; }

 private:
  Arena(const Block& block, std::int64_t size_bytes, std::int64_t spare_bytes,
        const Allocator& allocator)
      : block_(block), size_bytes_(size_bytes), spare_bytes_(spare_bytes), allocator_(allocator) {}

  Block block_;
  std::int64_t size_bytes_ = 0;
  std::int64_t spare_bytes_ = 0;
  Allocator allocator_;
};

}  // namespace tilewright::runtime
