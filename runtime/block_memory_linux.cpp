// SPDX-License-Identifier: Apache-2.0
// Larger blocks are mapped: the system gives zeroed pages, all in one call, and pages of 2 MiB
// where it can. One of these costs as much as 80 to 150 of 4 KiB, which come one by one.
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

#include "tilewright/tensor.h"

#include "runtime/block_memory.h"
#include "runtime/large_pages.h"

namespace tilewright::runtime {
namespace {

constexpr std::size_t kLeastMappedBytes = std::size_t{64} << 10;  // below, the heap is as fast
constexpr std::size_t kMostPageBytes = std::size_t{64} << 10;     // no small page is larger
constexpr std::size_t kLargePageBytes = std::size_t{2} << 20;
constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, since Linux 5.14

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

bool is_mapped(std::size_t size_bytes) {
  return size_bytes >= kLeastMappedBytes;
}

/// What is left behind whole large pages gets one of its own if it fills 3 of its 8 parts, 192
/// small pages, so that a block has at most 1.25 MiB more memory than it needs.
bool ends_in_large_page(std::size_t size_bytes) {
  return size_bytes % kLargePageBytes >= kLargePageBytes / 8 * 3;
}

/// Addresses for a block: whole pages.
std::size_t mapped_bytes(std::size_t size_bytes) {
  return round_up(size_bytes, ends_in_large_page(size_bytes) ? kLargePageBytes : kMostPageBytes);
}

std::byte* map(std::size_t bytes) {
  void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return mapped == MAP_FAILED ? nullptr : static_cast<std::byte*>(mapped);
}

std::size_t bytes_to_large_page(const std::byte* memory) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  return round_up(address, kLargePageBytes) - address;
}

/// `bytes`, whole pages, at the address of a large page if they can hold one; null if the system
/// has none.
std::byte* map_aligned(std::size_t bytes) {
  std::byte* first = map(bytes);
  // Linux 6.7 and later align such mappings themselves.
  if (first == nullptr || bytes < kLargePageBytes || bytes_to_large_page(first) == 0) return first;
  ::munmap(first, bytes);
  std::byte* begin = map(bytes + kLargePageBytes);
  if (begin == nullptr) return nullptr;
  const std::size_t head_bytes = bytes_to_large_page(begin);
  const std::size_t tail_bytes = kLargePageBytes - head_bytes;
  if (head_bytes > 0) ::munmap(begin, head_bytes);
  if (tail_bytes > 0) ::munmap(begin + head_bytes + bytes, tail_bytes);
  return begin + head_bytes;
}

}  // namespace

Block allocate_block(std::int64_t size_bytes) {
  const auto needed_bytes = static_cast<std::size_t>(size_bytes);
  if (!is_mapped(needed_bytes)) {
    void* memory = std::aligned_alloc(static_cast<std::size_t>(kTensorAlignment), needed_bytes);
    return {static_cast<std::byte*>(memory), false};
  }
  const std::size_t all_bytes = mapped_bytes(needed_bytes);
  std::byte* memory = map_aligned(all_bytes);
  if (memory == nullptr) return {};
  ask_for_large_pages(memory, all_bytes);
  // An old system does not know the call; then each page is touched. Small pages behind the needed
  // bytes are never made.
  if (::madvise(memory, needed_bytes, kPopulateWrite) != 0) std::memset(memory, 0, needed_bytes);
  return {memory, true};
}

void release_block(std::byte* memory, std::int64_t size_bytes) {
  const auto needed_bytes = static_cast<std::size_t>(size_bytes);
  if (is_mapped(needed_bytes)) {
    ::munmap(memory, mapped_bytes(needed_bytes));
  } else {
    std::free(memory);
  }
}

bool block_holds_more(std::int64_t size_bytes, std::int64_t more_bytes) {
  return ends_in_large_page(static_cast<std::size_t>(size_bytes + more_bytes));
}

}  // namespace tilewright::runtime
