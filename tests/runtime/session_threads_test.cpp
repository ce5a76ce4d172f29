// SPDX-License-Identifier: Apache-2.0
// Sessions and threads: the same bits on any number, cancelled from another, many at once.
#include <atomic>
#include <thread>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "runtime/arena.h"
#include "runtime/executor.h"
#include "tests/lib/network_run.h"

namespace tilewright::tests {

using Catch::Matchers::ContainsSubstring;

TEST_CASE("any number of threads gives the same bits") {
  for (const graph::Graph& graph : {small_network(), heavy_network(), one_pixel_network()}) {
    const Compilation compilation = compiled(graph, {.threads = 5});
    const auto inputs = graph::tests::random_inputs(graph, 9);
    const std::vector<Bytes> alone = outputs_of(compilation.plan, inputs, {.threads = 1});
    for (const std::int32_t threads : {0, 2, 3, 5, 8}) {
      CAPTURE(threads);
      CHECK(outputs_of(compilation.plan, inputs, {.threads = threads}) == alone);
    }
    check_outputs(graph, compilation);
  }
}

TEST_CASE("steps with much work are shared, steps with little are not") {
  const Plan heavy = compiled(heavy_network(), {.threads = 2}).plan;
  for (const runtime::Step& step : heavy.flat().steps)
    CHECK(step.sharing.threads == 2);
  const Plan small = compiled(small_network(), {.threads = 2}).plan;
  for (const runtime::Step& step : small.flat().steps)
    CHECK(step.sharing.threads == 1);
}

TEST_CASE("steps of one row are shared by columns") {
  const Plan plan = compiled(one_pixel_network(), {.threads = 3}).plan;
  const auto arena = runtime::Arena::allocate(plan.flat().arena_bytes, {});
  REQUIRE(arena);
  for (const runtime::BoundStep& bound : runtime::bind(plan.flat(), {.arena = arena->data()})) {
    CAPTURE(bound.step->name);
    CHECK(bound.rows == 1);
    CHECK(bound.step->sharing == runtime::Sharing{3, 3, runtime::CutAxis::Columns});
    CHECK(bound.columns.has_value());
  }
}

TEST_CASE("a run cancelled by another thread says so, and the session runs again") {
  const graph::Graph graph = heavy_network();
  const Plan plan = compiled(graph, {.threads = 2}).plan;
  const auto inputs = graph::tests::random_inputs(graph, 4);
  Session session = session_of(plan);
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop.load()) {
      session.cancel();
      std::this_thread::yield();
    }
  });
  Status status = session.run();
  for (int runs = 1; status && runs < 1000; ++runs)
    status = session.run();
  stop.store(true);
  other.join();
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::Cancelled);
  CHECK_THAT(status.error().message, ContainsSubstring("run: stopped before step"));
  write_inputs(session, plan, inputs);
  REQUIRE(session.run());
  CHECK(read_outputs(session, plan) == outputs_of(plan, inputs));
}

TEST_CASE("a cancellation before a run does nothing") {
  Session session = session_of(compiled(small_network()).plan);
  session.cancel();
  CHECK(session.run());
}

TEST_CASE("the executor stops between two steps") {
  const Compilation compilation = compiled(small_network());
  const runtime::FlatPlan& plan = compilation.plan.flat();
  const auto arena = runtime::Arena::allocate(plan.arena_bytes, {});
  REQUIRE(arena);
  std::fill_n(arena->data(), arena->size_bytes(), std::byte{0});
  struct Watch {
    std::atomic<bool> cancelled{false};
    std::size_t finished = 0;
  } watch;
  const runtime::StepHook hook{nullptr,
                               [](void* user, std::size_t step) {
                                 Watch& watched = *static_cast<Watch*>(user);
                                 ++watched.finished;
                                 if (step == 1) watched.cancelled = true;
                               },
                               &watch};
  runtime::Mover mover;
  const Status status = runtime::run_steps(runtime::bind(plan, {.arena = arena->data()}), {},
                                           watch.cancelled, hook, mover);
  REQUIRE_FALSE(status);
  CHECK(status.error().message ==
        "run: stopped before step 2 '" + plan.steps[2].name + "' as asked");
  CHECK(watch.finished == 2);
}

TEST_CASE("sessions of one plan run at the same time") {
  const graph::Graph graph = small_network();
  const Plan plan = compiled(graph, {.threads = 2}).plan;
  const auto inputs = graph::tests::random_inputs(graph, 6);
  const std::vector<Bytes> expected = outputs_of(plan, inputs);
  std::atomic<int> right{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] {
      auto session = Session::create(plan, {.profile = true});
      for (int run = 0; session && run < 20; ++run) {
        std::copy(inputs[0].bytes.begin(), inputs[0].bytes.end(), session->input(0).data);
        if (session->run() && read_outputs(*session, plan) == expected) ++right;
      }
    });
  }
  for (std::thread& caller : callers)
    caller.join();
  CHECK(right == 40);
}

}  // namespace tilewright::tests
