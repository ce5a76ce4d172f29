// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "tilewright/tensor.h"

#include "runtime/block_memory.h"

namespace tilewright::runtime {

Block allocate_block(std::int64_t size_bytes) {
  void* memory = std::aligned_alloc(static_cast<std::size_t>(kTensorAlignment),
                                    static_cast<std::size_t>(size_bytes));
  return {static_cast<std::byte*>(memory), false};
}

void release_block(std::byte* memory, std::int64_t) {
  std::free(memory);
}

bool block_holds_more(std::int64_t, std::int64_t) {
  return false;
}

}  // namespace tilewright::runtime
