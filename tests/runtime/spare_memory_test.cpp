// SPDX-License-Identifier: Apache-2.0
// Memory behind an arena, and what lies there.
#include "runtime/spare_memory.h"

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tilewright/tensor.h"

#include "runtime/arena.h"
#include "runtime/block_memory.h"
#include "runtime/executor.h"
#include "tests/lib/network_run.h"

namespace tilewright::runtime {
namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;

bool is_inside(std::span<const std::byte> memory, const void* piece) {
  const auto* const begin = static_cast<const std::byte*>(piece);
  return std::less_equal<>()(memory.data(), begin) &&
         std::less<>()(begin, memory.data() + memory.size());
}

}  // namespace

TEST_CASE("an arena has the spare memory asked for where that ends in a large page") {
  const bool is_mapped = block_holds_more(kMiB, kMiB / 2);
  for (const std::int64_t size_bytes : {kMiB + 8, 700 * kKiB}) {
    CAPTURE(size_bytes);
    const auto arena = Arena::allocate(size_bytes, {}, 200 * kKiB);
    REQUIRE(arena);
    const std::span<std::byte> spare = arena->spare();
    REQUIRE(spare.size() == (is_mapped ? 200 * kKiB : 0));
    CHECK(spare.data() == arena->data() + arena->size_bytes());
    CHECK(arena->size_bytes() >= size_bytes);
    CHECK(arena->size_bytes() < size_bytes + kTensorAlignment);
    std::ranges::fill(spare, std::byte{1});
    if (arena->came_zeroed())
      CHECK(std::count(arena->data(), spare.data(), std::byte{0}) == arena->size_bytes());
  }
}

TEST_CASE("an arena has no spare memory in small pages, or of an embedder's") {
  CHECK(Arena::allocate(100 * kKiB, {}, 200 * kKiB)->spare().empty());
  Allocator allocator;
  allocator.allocate = [](void*, std::int64_t size_bytes, std::int64_t) -> void* {
    CHECK(size_bytes == kMiB);
    return allocate_block(size_bytes).memory;
  };
  allocator.release = [](void*, void* memory, std::int64_t size_bytes) {
    CHECK(size_bytes == kMiB);
    release_block(static_cast<std::byte*>(memory), size_bytes);
  };
  CHECK(Arena::allocate(kMiB, allocator, 200 * kKiB)->spare().empty());
}

TEST_CASE("spare memory gives aligned pieces of its own, then the heap's") {
  alignas(64) std::array<std::byte, 256> memory{};
  SpareMemory spare(memory);
  void* const byte = spare.allocate(1, 1);
  void* const aligned = spare.allocate(64, 64);
  CHECK(byte == memory.data());
  CHECK(aligned == memory.data() + 64);
  void* const too_large = spare.allocate(129, 8);
  CHECK_FALSE(is_inside(memory, too_large));
  void* const last = spare.allocate(128, 8);
  CHECK(last == memory.data() + 128);
  void* const heaps = spare.allocate(8, 8);
  CHECK_FALSE(is_inside(memory, heaps));
  spare.deallocate(byte, 1, 1);
  spare.deallocate(aligned, 64, 64);
  spare.deallocate(too_large, 129, 8);
  spare.deallocate(last, 128, 8);
  spare.deallocate(heaps, 8, 8);
}

TEST_CASE("the bound steps of a plan fit in as many bytes as they are said to need") {
  for (const graph::Graph& graph : {tests::small_network(), tests::heavy_network()}) {
    const Plan plan = tests::compiled(graph).plan;
    const auto arena = Arena::allocate(plan.flat().arena_bytes, {});
    REQUIRE(arena);
    std::vector<std::byte> memory(static_cast<std::size_t>(bound_bytes(plan.flat())));
    SpareMemory spare(memory);
    const BoundSteps steps = bind(plan.flat(), {.arena = arena->data()}, &spare);
    REQUIRE(steps.size() == plan.flat().steps.size());
    CHECK(is_inside(memory, steps.data()));
    for (const BoundStep& step : steps)
      CHECK((step.src.empty() || is_inside(memory, &step.src.back())));
    const BoundStep copy = steps.front();
    CHECK_FALSE(is_inside(memory, copy.src.data()));
  }
}

}  // namespace tilewright::runtime
