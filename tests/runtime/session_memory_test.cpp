// SPDX-License-Identifier: Apache-2.0
// What a session asks of its surroundings: memory, the log, the mode of the floating-point unit.
#include <cfenv>
#include <limits>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "runtime/block_memory.h"
#include "runtime/flat_plan.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"
#include "tests/runtime/allocation_count.h"

namespace tilewright::tests {
namespace {

using Catch::Matchers::ContainsSubstring;
using rewriting::tests::Draft;

/// An allocator that keeps books, and can be told to misbehave.
struct Books {
  std::int64_t given = 0;
  std::int64_t returned = 0;
  bool is_empty = false;
  std::int64_t shift_bytes = 0;  // added to every address

  [[nodiscard]] Allocator allocator() {
    return {[](void* user, std::int64_t size_bytes, std::int64_t alignment) -> void* {
              Books& books = *static_cast<Books*>(user);
              if (books.is_empty) return nullptr;
              books.given += size_bytes;
              void* memory = std::aligned_alloc(static_cast<std::size_t>(alignment),
                                                static_cast<std::size_t>(size_bytes + alignment));
              return static_cast<std::byte*>(memory) + books.shift_bytes;
            },
            [](void* user, void* memory, std::int64_t size_bytes) {
              Books& books = *static_cast<Books*>(user);
              books.returned += size_bytes;
              std::free(static_cast<std::byte*>(memory) - books.shift_bytes);
            },
            this};
  }
};

/// x * 1e-20 * 1e20: 0 where the product in between is flushed.
graph::Graph down_and_up() {
  Draft draft;
  auto x = draft.input({64});
  x = draft.add("down", Binary{BinaryKind::Mul, {}},
                {x, draft.constant({64}, std::vector<float>(64, 1e-20F))});
  draft.output(draft.add("up", Binary{BinaryKind::Mul, {}},
                         {x, draft.constant({64}, std::vector<float>(64, 1e20F))}));
  return draft.graph();
}

/// Whether this thread keeps denormal results.
bool keeps_denormals() {
  volatile float smallest = std::numeric_limits<float>::min();
  const volatile float half = smallest / 2;
  return half > 0;
}

}  // namespace

TEST_CASE("a run that succeeds neither allocates nor logs") {
  if (!can_count_allocations()) SKIP("a sanitizer has the heap");
  const graph::Graph graph = heavy_network();
  const auto inputs = graph::tests::random_inputs(graph, 2);
  int messages = 0;
  const Log log{[](void* user, Severity, std::string_view) { ++*static_cast<int*>(user); },
                &messages};
  for (const std::int32_t threads : {1, 2}) {
    const Plan plan = compiled(graph, {.threads = threads, .log = log}).plan;
    for (const bool profile : {false, true}) {
      CAPTURE(threads, profile);
      Session session = session_of(plan, {.profile = profile, .log = log});
      const TensorView from[] = {{inputs[0].bytes.data(), DType::Float32, {1, 40, 40, 24}}};
      std::vector<float> result(40 * 40 * 24);
      const MutableTensorView to[] = {
          {std::as_writable_bytes(std::span(result)).data(), DType::Float32, {1, 40, 40, 24}}};
      const std::int64_t before = allocation_count();
      bool done = true;
      for (int i = 0; i < 3; ++i)
        done = session.run().has_value() && session.run(from, to).has_value() && done;
      const std::int64_t after = allocation_count();
      CHECK(done);
      CHECK(after == before);
    }
  }
  CHECK(messages == 0);
}

TEST_CASE("allocations are counted at all") {
  if (!can_count_allocations()) SKIP("a sanitizer has the heap");
  const std::int64_t before = allocation_count();
  const std::string text(1000, 'x');
  CHECK(allocation_count() == before + 1);
}

TEST_CASE("the arena comes from the embedder's allocator and goes back to it") {
  const Plan plan = compiled(small_network()).plan;
  Books books;
  {
    Session session = session_of(plan, {.allocator = books.allocator()});
    CHECK(books.given == plan.requirements().arena_bytes);
    REQUIRE(session.run());
    Session moved = std::move(session);
    REQUIRE(moved.run());
    CHECK(books.returned == 0);
  }
  CHECK(books.returned == books.given);
}

TEST_CASE("steps lie behind an arena of large pages, not in the heap") {
  if (!can_count_allocations()) SKIP("a sanitizer has the heap");
  Draft draft;
  auto x = draft.input({1 << 19});  // 2 MiB; two of them are alive at once
  for (const char* name : {"first", "second", "third"}) {
    const auto half = draft.constant({1}, {0.5F});
    x = draft.add(name, Binary{BinaryKind::Mul, {}}, {x, half});
  }
  draft.output(x);
  const Plan plan = compiled(draft.graph()).plan;
  REQUIRE(plan.flat().steps.size() > 0);
  const auto allocations = [&](const SessionOptions& options) {
    const std::int64_t before = allocation_count();
    const Session session = session_of(plan, options);
    return allocation_count() - before;
  };
  Books books;
  const std::int64_t in_heap = allocations({.allocator = books.allocator()}) - 1;  // the arena
  const std::int64_t behind_arena = allocations({});
  const bool is_large = runtime::block_holds_more(plan.requirements().arena_bytes, 1024);
  const auto steps = static_cast<std::int64_t>(plan.flat().steps.size());
  CHECK(in_heap - behind_arena == (is_large ? steps + 1 : 0));
}

TEST_CASE("a session's memory is zero whatever another left behind") {
  for (const std::int64_t elements : {std::int64_t{1000}, std::int64_t{1} << 20}) {
    CAPTURE(elements);
    Draft draft;
    draft.output(draft.add("root", Unary{UnaryKind::Sqrt}, {draft.input({elements})}));
    const Plan plan = compiled(draft.graph()).plan;
    Books books;
    for (const Allocator& allocator : {Allocator{}, books.allocator()}) {
      for (int i = 0; i < 2; ++i) {
        Session session = session_of(plan, {.allocator = allocator});
        const auto numbers = session.input(0).as<float>();
        REQUIRE(numbers);
        CHECK(std::ranges::count(*numbers, 0.0F) == elements);
        std::ranges::fill(*numbers, 1.0F);
        REQUIRE(session.run());
        CHECK(std::ranges::count(floats_of(session.output(0)), 1.0F) == elements);
      }
    }
  }
}

TEST_CASE("an allocator without memory, or without alignment, is an error") {
  const Plan plan = compiled(small_network()).plan;
  Books empty{.is_empty = true};
  const auto none = Session::create(plan, {.allocator = empty.allocator()});
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::ResourceExhausted);
  CHECK(none.error().message == "arena: expected " +
                                    std::to_string(plan.requirements().arena_bytes) +
                                    " bytes from the allocator, got none");
  Books shifted{.shift_bytes = 32};
  const auto misaligned = Session::create(plan, {.allocator = shifted.allocator()});
  REQUIRE_FALSE(misaligned);
  CHECK(misaligned.error().code == ErrorCode::ResourceExhausted);
  CHECK_THAT(misaligned.error().message, ContainsSubstring("aligned to 64 bytes"));
  CHECK(shifted.returned == shifted.given);
}

TEST_CASE("denormals are zero inside a run and nowhere else") {
  const graph::Graph graph = down_and_up();
  for (const std::int32_t threads : {1, 2}) {
    const Plan plan = compiled(graph, {.threads = threads}).plan;
    Session session = session_of(plan);
    const auto numbers = session.input(0).as<float>();
    std::fill(numbers->begin(), numbers->end(), 1e-20F);  // 1e-40 in between
    REQUIRE(keeps_denormals());
    REQUIRE(session.run());
    CHECK(keeps_denormals());
    for (const float number : floats_of(session.output(0)))
      CHECK(number == 0);
  }
}

TEST_CASE("the caller's rounding is as it was after a run, right or wrong") {
  const Plan plan = compiled(down_and_up()).plan;
  Session session = session_of(plan);
  std::fesetround(FE_UPWARD);
  const bool done = session.run().has_value();
  const int rounding = std::fegetround();
  const bool refused = !session.run({}, {}).has_value();
  const int rounding_after_error = std::fegetround();
  std::fesetround(FE_TONEAREST);
  CHECK(done);
  CHECK(refused);
  CHECK(rounding == FE_UPWARD);
  CHECK(rounding_after_error == FE_UPWARD);
  CHECK(keeps_denormals());
}

}  // namespace tilewright::tests
