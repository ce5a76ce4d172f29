// SPDX-License-Identifier: Apache-2.0
// Memory of arenas whose embedder brings no allocator.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tilewright::runtime {

struct Block {
  std::byte* memory = nullptr;  // null: the system has none
  bool is_zero = false;         // all of it; else its content is unknown
};

/// `size_bytes`, a multiple of kTensorAlignment and above 0, aligned to it. A large block has its
/// pages already, so that a first run waits for none, and large ones where the system gives them;
/// with these it takes up to 1.25 MiB more. Goes back by `release_block` with the same size.
[[nodiscard]] Block allocate_block(std::int64_t size_bytes);

void release_block(std::byte* memory, std::int64_t size_bytes);

/// Whether memory for other things had better lie behind the `size_bytes` in the same block: where
/// `more_bytes` end in a large page, they have no pages of their own. Never where a sanitizer
/// watches the ends of blocks.
[[nodiscard]] bool block_holds_more(std::int64_t size_bytes, std::int64_t more_bytes);

}  // namespace tilewright::runtime
