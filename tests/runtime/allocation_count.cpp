// SPDX-License-Identifier: Apache-2.0
// The C library's functions under their public names: they count, then pass the call on.
#include "tests/runtime/allocation_count.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

// A static C library brings its own functions of these names.
#if defined(TILEWRIGHT_STATIC_PROGRAMS) || defined(TILEWRIGHT_SANITIZED) || !defined(__GLIBC__)
#define TILEWRIGHT_COUNTS_ALLOCATIONS 0
#else
#define TILEWRIGHT_COUNTS_ALLOCATIONS 1
#endif

namespace {
constinit std::atomic<std::int64_t> count{0};
}  // namespace

namespace tilewright::tests {

bool can_count_allocations() {
  return TILEWRIGHT_COUNTS_ALLOCATIONS == 1;
}

std::int64_t allocation_count() {
  return count.load();
}

}  // namespace tilewright::tests

#if TILEWRIGHT_COUNTS_ALLOCATIONS

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t items, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(size);
}

void* calloc(std::size_t items, std::size_t size) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_calloc(items, size);
}

void* realloc(void* memory, std::size_t size) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_realloc(memory, size);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

}  // extern "C"

#endif
