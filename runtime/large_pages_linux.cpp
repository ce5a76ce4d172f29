// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>

#include "runtime/large_pages.h"

namespace tilewright::runtime {

void ask_for_large_pages(void* memory, std::size_t bytes) {
  ::madvise(memory, bytes, MADV_HUGEPAGE);
}

}  // namespace tilewright::runtime
