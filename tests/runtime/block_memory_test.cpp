// SPDX-License-Identifier: Apache-2.0
#include "runtime/block_memory.h"

#include <algorithm>
#include <cstring>
#include <sys/resource.h>

#include <catch2/catch_test_macros.hpp>

#include "tilewright/tensor.h"

#include "tests/runtime/memory_map.h"

namespace tilewright::runtime {
namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;

std::int64_t page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// That of a new block, unless it is of the heap or the system does not tell.
std::optional<MemoryMapping> mapping_of_block(std::int64_t size_bytes) {
  const Block block = allocate_block(size_bytes);
  REQUIRE(block.memory != nullptr);
  const auto mapping = block.is_zero ? mapping_of(block.memory) : std::nullopt;
  release_block(block.memory, size_bytes);
  return mapping;
}

}  // namespace

TEST_CASE("blocks of all sizes are aligned and can be written to their ends") {
  for (const std::int64_t size_bytes :
       {std::int64_t{64}, 64 * kKiB - 64, 64 * kKiB, 64 * kKiB + 64, kMiB - 64, kMiB, kMiB + 64,
        2 * kMiB - 64, 2 * kMiB, 2 * kMiB + 64, 7 * kMiB + 192}) {
    CAPTURE(size_bytes);
    for (int i = 0; i < 3; ++i) {
      const Block block = allocate_block(size_bytes);
      REQUIRE(block.memory != nullptr);
      CHECK(reinterpret_cast<std::uintptr_t>(block.memory) % kTensorAlignment == 0);
      if (block.is_zero)
        CHECK(std::count(block.memory, block.memory + size_bytes, std::byte{0}) == size_bytes);
      std::memset(block.memory, 0xFF, static_cast<std::size_t>(size_bytes));
      release_block(block.memory, size_bytes);
    }
  }
}

TEST_CASE("two blocks share no byte") {
  const std::int64_t size_bytes = 3 * kMiB + 64;
  const Block first = allocate_block(size_bytes);
  const Block second = allocate_block(size_bytes);
  REQUIRE(first.memory != nullptr);
  REQUIRE(second.memory != nullptr);
  std::memset(first.memory, 1, static_cast<std::size_t>(size_bytes));
  std::memset(second.memory, 2, static_cast<std::size_t>(size_bytes));
  CHECK(std::count(first.memory, first.memory + size_bytes, std::byte{1}) == size_bytes);
  release_block(first.memory, size_bytes);
  CHECK(std::count(second.memory, second.memory + size_bytes, std::byte{2}) == size_bytes);
  release_block(second.memory, size_bytes);
}

TEST_CASE("a block that comes zeroed has its pages") {
#if defined(TILEWRIGHT_STATIC_PROGRAMS)
  SKIP("this may run under an emulator, which gives pages as they are touched");
#endif
  const std::int64_t size_bytes = 8 * kMiB + 64 * kKiB;
  const Block block = allocate_block(size_bytes);
  REQUIRE(block.memory != nullptr);
  if (!block.is_zero) {
    release_block(block.memory, size_bytes);
    SKIP("blocks are of the heap");
  }
  const std::int64_t before = page_faults();
  std::memset(block.memory, 1, static_cast<std::size_t>(size_bytes));
  CHECK(page_faults() - before < size_bytes / (64 * kKiB) / 4);
  release_block(block.memory, size_bytes);
}

TEST_CASE("a block has all its memory at once, and at most 1.25 MiB more than it needs") {
  for (const std::int64_t size_bytes : {64 * kKiB, 300 * kKiB + 64, kMiB - 64, kMiB, kMiB + 64,
                                        2 * kMiB + 64, 3 * kMiB - 64, 3 * kMiB, 5 * kMiB + 64}) {
    CAPTURE(size_bytes);
    const auto mapping = mapping_of_block(size_bytes);
    if (!mapping) SKIP("blocks are of the heap, or the system does not tell");
    CHECK(mapping->asks_for_large_pages == system_has_large_pages());
    CHECK(mapping->resident_bytes >= size_bytes);
    CHECK(mapping->resident_bytes <= size_bytes + 5 * kMiB / 4);
  }
}

TEST_CASE("a block that fills 3/8 of a large page gets one, where the system gives any") {
  const auto whole = mapping_of_block(2 * kMiB);
  if (!whole || whole->large_page_bytes == 0) SKIP("no large pages, or the system does not tell");
  CHECK(mapping_of_block(768 * kKiB)->large_page_bytes == 2 * kMiB);
  CHECK(mapping_of_block(768 * kKiB - 64)->large_page_bytes == 0);
  CHECK(mapping_of_block(2 * kMiB + 768 * kKiB)->large_page_bytes == 4 * kMiB);
  CHECK(mapping_of_block(2 * kMiB + 768 * kKiB - 64)->large_page_bytes == 2 * kMiB);
}

TEST_CASE("memory that no system has is refused") {
#if defined(TILEWRIGHT_SANITIZED)
  SKIP("sanitizers end the process instead");
#endif
  CHECK(allocate_block(std::int64_t{1} << 60).memory == nullptr);
}

}  // namespace tilewright::runtime
