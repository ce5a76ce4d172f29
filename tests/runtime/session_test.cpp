// SPDX-License-Identifier: Apache-2.0
// What a session computes, and what it refuses.
#include <algorithm>
#include <numeric>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lib/graph/builder.h"
#include "runtime/flat_plan.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {
namespace {

using Catch::Matchers::ContainsSubstring;
using rewriting::tests::Draft;

/// One input and one output of the small network, in memory of the caller.
struct Buffers {
  std::vector<float> image = std::vector<float>(192, 0.5F);
  std::vector<float> scores = std::vector<float>(10, -1);

  [[nodiscard]] TensorView input() const {
    return {std::as_bytes(std::span(image)).data(), DType::Float32, {1, 8, 8, 3}};
  }
  [[nodiscard]] MutableTensorView output() {
    return {std::as_writable_bytes(std::span(scores)).data(), DType::Float32, {1, 10}};
  }
};

Status run_on(Session& session, std::vector<TensorView> inputs,
              std::vector<MutableTensorView> outputs) {
  return session.run(inputs, outputs);
}

void check_refused(const Status& status, const std::string& message) {
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::InvalidArgument);
  CHECK(status.error().message == message);
}

}  // namespace

TEST_CASE("a session computes what the graph means") {
  const graph::Graph graph = small_network();
  check_outputs(graph, compiled(graph));
  check_outputs(graph, compiled(graph, {.isa = Isa::Portable}));
}

TEST_CASE("a session gives the same outputs each time it runs") {
  const graph::Graph graph = small_network();
  const Plan plan = compiled(graph, {.preserve_inputs = true}).plan;
  const auto inputs = graph::tests::random_inputs(graph, 3);
  Session session = session_of(plan);
  write_inputs(session, plan, inputs);
  REQUIRE(session.run());
  const std::vector<Bytes> first = read_outputs(session, plan);
  REQUIRE(session.run());
  CHECK(read_outputs(session, plan) == first);
}

TEST_CASE("a run on the caller's buffers gives what a run in the arena gives") {
  const graph::Graph graph = small_network();
  const Plan plan = compiled(graph).plan;
  Buffers buffers;
  Session session = session_of(plan);
  REQUIRE(run_on(session, {buffers.input()}, {buffers.output()}));
  CHECK(std::accumulate(buffers.scores.begin(), buffers.scores.end(), 0.0) > 0.999);
  const auto in_arena = session.input(0).as<float>();
  REQUIRE(in_arena);
  std::copy(buffers.image.begin(), buffers.image.end(), in_arena->begin());
  REQUIRE(session.run());
  CHECK(floats_of(session.output(0)) == buffers.scores);
}

TEST_CASE("a run refuses buffers that are not what the plan says, and says what they are") {
  const Plan plan = compiled(small_network()).plan;
  Session session = session_of(plan);
  Buffers buffers;
  const TensorView in = buffers.input();
  const MutableTensorView out = buffers.output();
  check_refused(run_on(session, {}, {out}), "run: expected 1 inputs, got 0");
  check_refused(run_on(session, {in}, {out, out}), "run: expected 1 outputs, got 2");
  check_refused(run_on(session, {{in.data, DType::Int32, in.shape}}, {out}),
                "run: input 0 'x0': expected float32 1x8x8x3, got int32 1x8x8x3");
  check_refused(run_on(session, {in}, {{out.data, DType::Float32, {10}}}),
                "run: output 0 'probabilities': expected float32 1x10, got float32 10");
  check_refused(run_on(session, {{nullptr, in.dtype, in.shape}}, {out}),
                "run: input 0 'x0': expected float32 1x8x8x3, got float32 1x8x8x3 without memory");
  CHECK(std::ranges::all_of(buffers.scores, [](float score) { return score == -1; }));
  CHECK(run_on(session, {in}, {out}));
}

TEST_CASE("views are found by index and by name") {
  const Plan plan = compiled(small_network()).plan;
  Session session = session_of(plan);
  CHECK(session.input("x0").data == session.input(0).data);
  CHECK(session.output("probabilities").data == session.output(0).data);
  CHECK(session.input(0).shape == Shape{1, 8, 8, 3});
  CHECK(reinterpret_cast<std::uintptr_t>(session.input(0).data) % 64 == 0);
}

TEST_CASE("a view of no tensor, or as another type, says so") {
  const Plan plan = compiled(small_network()).plan;
  Session session = session_of(plan);
  const std::string none = "tensor view: expected a tensor, got none (no such index or name)";
  CHECK(session.input(1).as<float>().error().message == none);
  CHECK(session.input("image").as<float>().error().message == none);
  CHECK(session.output(7).as<const float>().error().message == none);
  CHECK(session.output("").as<const float>().error().message == none);
  CHECK(session.input(0).as<std::int32_t>().error().message ==
        "tensor view: expected float32, got int32");
}

TEST_CASE("a session refuses numbers of threads that nobody can have") {
  const Plan plan = compiled(small_network()).plan;
  for (const std::int32_t threads : {-1, kMaxThreads + 1}) {
    const auto session = Session::create(plan, {.threads = threads});
    REQUIRE_FALSE(session);
    CHECK(session.error().code == ErrorCode::InvalidArgument);
    CHECK_THAT(session.error().message, ContainsSubstring("0 to 64 threads"));
  }
}

TEST_CASE("inputs keep their bytes if asked, and give way otherwise") {
  Draft draft;
  auto x = draft.input({1, 16, 16, 8});
  x = draft.add("up", Unary{UnaryKind::Exp}, {x});
  draft.output(draft.add("down", Unary{UnaryKind::Neg}, {x}));
  const auto inputs = graph::tests::random_inputs(draft.graph(), 5);
  for (const bool preserve : {false, true}) {
    CAPTURE(preserve);
    const Compilation compilation = compiled(draft.graph(), {.preserve_inputs = preserve});
    check_outputs(draft.graph(), compilation);
    Session session = session_of(compilation.plan);
    write_inputs(session, compilation.plan, inputs);
    REQUIRE(session.run());
    const MutableTensorView view = session.input(0);
    CHECK(std::equal(inputs[0].bytes.begin(), inputs[0].bytes.end(), view.data) == preserve);
    const std::int64_t tensors = preserve ? 2 : 1;
    CHECK(compilation.plan.requirements().arena_bytes == tensors * view.size_bytes());
  }
}

TEST_CASE("tensors without elements pass through a session") {
  Draft draft;
  const auto nothing = draft.input({2, 0, 3});
  const auto something = draft.input({2, 4, 3});
  const auto joined = draft.add("joined", Concat{1}, {nothing, something});
  draft.output(draft.add("still", Unary{UnaryKind::Neg}, {nothing}));
  draft.output(draft.add("all", Unary{UnaryKind::Neg}, {joined}));
  draft.output(draft.add("sum", Reduce{ReduceKind::Sum, 0b010, false}, {nothing}));
  const Compilation compilation = compiled(draft.graph());
  check_outputs(draft.graph(), compilation);
  std::vector<float> four(24, 1);
  std::vector<float> all(24);
  std::vector<float> sum(6, -1);
  const TensorView inputs[] = {{nullptr, DType::Float32, {2, 0, 3}},
                               {std::as_bytes(std::span(four)).data(), DType::Float32, {2, 4, 3}}};
  const MutableTensorView outputs[] = {
      {nullptr, DType::Float32, {2, 0, 3}},
      {std::as_writable_bytes(std::span(all)).data(), DType::Float32, {2, 4, 3}},
      {std::as_writable_bytes(std::span(sum)).data(), DType::Float32, {2, 3}}};
  Session session = session_of(compilation.plan);
  REQUIRE(session.run(inputs, outputs));
  CHECK(all == std::vector<float>(24, -1));
  CHECK(sum == std::vector<float>(6, 0));
}

TEST_CASE("a profile counts every step of every run") {
  const graph::Graph graph = small_network();
  const Compilation compilation = compiled(graph);
  CHECK(session_of(compilation.plan).profile().empty());
  Session session = session_of(compilation.plan, {.profile = true});
  for (int i = 0; i < 3; ++i)
    REQUIRE(session.run());
  const std::vector<StepTime> times = session.profile();
  REQUIRE(times.size() == compilation.program.ops.size());
  CHECK(times[0].name == "stem");
  CHECK(times[0].type == "conv2d");
  CHECK(times[0].kernel == compilation.plan.flat().steps[0].kernel->name);
  CHECK(times[0].macs == 8 * 8 * 8 * 27);
  for (const StepTime& time : times) {
    CHECK(time.runs == 3);
    CHECK(time.total_ns >= 0);
  }
}

TEST_CASE("indices outside a tensor gather its nearest cell") {
  graph::Builder builder;
  const auto rows = builder.input({"rows", DType::Float32, {4, 2}, {}});
  const auto which = builder.input({"which", DType::Int64, {5}, {}});
  const auto picked = builder.add("picked", Gather{0}, {rows, which});
  REQUIRE(picked);
  builder.output(*picked);
  const Plan plan = compiled(builder.graph()).plan;
  Session session = session_of(plan);
  const auto table = session.input(0).as<float>();
  std::iota(table->begin(), table->end(), 0.0F);
  const std::int64_t far = std::int64_t{1} << 62;
  const std::int64_t indices[] = {3, 4, far, -far, -1};
  const auto which_view = session.input(1).as<std::int64_t>();
  std::copy(std::begin(indices), std::end(indices), which_view->begin());
  REQUIRE(session.run());
  CHECK(floats_of(session.output(0)) == std::vector<float>{6, 7, 6, 7, 6, 7, 0, 1, 6, 7});
}

}  // namespace tilewright::tests
