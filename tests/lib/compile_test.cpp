// SPDX-License-Identifier: Apache-2.0
// Options, errors and promises of `compile`.
#include "tilewright/compile.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lib/graph/builder.h"
#include "runtime/cpu_features.h"
#include "runtime/plan_file.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {
namespace {

using Catch::Matchers::ContainsSubstring;
using rewriting::tests::Draft;

void check_refused(const graph::Graph& graph, const CompileOptions& options, ErrorCode code,
                   const std::string& message) {
  const auto plan = compile(model_of(graph), options);
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == code);
  CHECK_THAT(plan.error().message, ContainsSubstring(message));
}

/// A file of this name in the folder for temporary ones, removed before and after.
struct TemporaryFile {
  std::string path;

  explicit TemporaryFile(const std::string& name)
      : path((std::filesystem::temp_directory_path() / name).string()) {
    std::filesystem::remove(path);
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
};

Bytes plan_bytes(const graph::Graph& graph, const CompileOptions& options) {
  return runtime::write_plan(compiled(graph, options).plan.flat());
}

struct Messages {
  std::vector<std::string> warnings;

  [[nodiscard]] Log log() {
    return {[](void* user, Severity severity, std::string_view message) {
              if (severity == Severity::Warning)
                static_cast<Messages*>(user)->warnings.emplace_back(message);
            },
            this};
  }
};

}  // namespace

TEST_CASE("options out of range are refused") {
  const graph::Graph graph = small_network();
  const auto invalid = ErrorCode::InvalidArgument;
  check_refused(graph, {.threads = 0}, invalid, "compile: expected 1 to 64 threads, got 0");
  check_refused(graph, {.threads = 65}, invalid, "compile: expected 1 to 64 threads, got 65");
  check_refused(graph, {.tuning = {.budget = std::chrono::milliseconds(199)}}, invalid,
                "compile: expected a tuning budget of 0 or at least 200 ms, got 199");
  check_refused(graph, {.tuning = {.budget = std::chrono::milliseconds(-1)}}, invalid,
                "at least 200 ms, got -1");
}

TEST_CASE("an instruction set that the machine lacks is refused, one that it has is a cap") {
  const graph::Graph graph = small_network();
  for (const Isa isa : {Isa::Portable, Isa::X86Baseline, Isa::X86Avx2, Isa::X86Avx512,
                        Isa::X86Avx512Vnni, Isa::Arm64Neon, Isa::Arm64Dotprod}) {
    CAPTURE(to_string(isa));
    if ((runtime::supported_isas() & runtime::bit(isa)) == 0) {
      check_refused(
          graph, {.isa = isa}, ErrorCode::InvalidArgument,
          std::string("expected an instruction set of this machine, got ") + to_string(isa));
      continue;
    }
    const Compilation compilation = compiled(graph, {.isa = isa});
    for (const KernelChoice& choice : compilation.choices)
      CHECK(choice.kernel->isa <= isa);
    check_outputs(graph, compilation);
  }
}

TEST_CASE("an op without a kernel is named with its node and dtype") {
  graph::Builder builder;
  const auto x = builder.input({"x", DType::Int16, {1, 4, 4, 2}, {}});
  const std::vector<std::byte> weights(2 * 9 * 2);
  const std::vector<std::byte> bias(2 * 4);
  const auto filter = builder.constant({"w", DType::Int8, {2, 3, 3, 2}, {}}, weights);
  const auto y = builder.add("stem", Conv2d{},
                             {x, filter, builder.constant({"b", DType::Int32, {2}, {}}, bias)});
  if (!y) FAIL(y.error().message);
  builder.output(*y);
  check_refused(builder.graph(), {}, ErrorCode::Unsupported,
                "node 'stem': conv2d: expected a kernel for int16 1x4x4x2, got none");
}

TEST_CASE("a limit below the proven minimum names both numbers and the tensors at the peak") {
  Draft draft;
  const auto x = draft.input({1024});
  const auto turned = draft.add("turned", Broadcast{{4, 1024}}, {x});
  draft.output(draft.add("sum", Reduce{ReduceKind::Sum, 1, false}, {turned}));
  const std::int64_t least = compiled(draft.graph()).plan.memory().peak_bytes;
  CHECK(least == 5 * 4096);
  check_refused(draft.graph(), {.memory_limit_bytes = least - 1}, ErrorCode::Infeasible,
                "expected a plan within 20479 bytes, got a proven minimum of 20480");
  check_refused(draft.graph(), {.memory_limit_bytes = 0}, ErrorCode::Infeasible, "'turned' 16384");
  CHECK(compile(model_of(draft.graph()), {.memory_limit_bytes = least}));
}

TEST_CASE("the same model and options give the same plan, byte for byte") {
  for (const graph::Graph& graph : {small_network(), heavy_network()})
    CHECK(plan_bytes(graph, {.threads = 2}) == plan_bytes(graph, {.threads = 2}));
}

TEST_CASE("requirements are known before a session exists") {
  const Compilation compilation = compiled(heavy_network(), {.threads = 2});
  const Requirements needs = compilation.plan.requirements();
  CHECK(needs.arena_bytes == compilation.solution.arena_bytes);
  CHECK(needs.threads == 2);
  CHECK(needs.scratch_bytes > 0);
  CHECK(needs.scratch_bytes < needs.arena_bytes);
  CHECK(needs.packed_weight_bytes >= 4 * (24 * 24 * 9 + 24) * 4);
  CHECK(compilation.plan.memory().jointly_optimal);
}

TEST_CASE("what was tuned is used again without a budget") {
  const graph::Graph graph = heavy_network();
  const TemporaryFile cache("tilewright_compile_test_cache.json");
  const TuningOptions measured{.budget = std::chrono::milliseconds(1000), .cache_file = cache.path};
  const Compilation tuned = compiled(graph, {.tuning = measured});
  check_outputs(graph, tuned);
  CHECK(tuned.tuning.evaluations > 0);
  REQUIRE(std::filesystem::exists(cache.path));
  const Compilation again = compiled(graph, {.tuning = {.cache_file = cache.path}});
  for (const TunedLayer& layer : again.tuning.layers)
    CHECK(layer.source == ChoiceSource::Cache);
  CHECK(runtime::write_plan(again.plan.flat()) == runtime::write_plan(tuned.plan.flat()));
}

TEST_CASE("an unreadable cache is a warning and a fresh start") {
  const graph::Graph graph = small_network();
  const TemporaryFile cache("tilewright_compile_test_broken.json");
  std::ofstream(cache.path) << "{ not json";
  Messages messages;
  CHECK(plan_bytes(graph, {.tuning = {.cache_file = cache.path}, .log = messages.log()}) ==
        plan_bytes(graph, {}));
  CHECK(messages.warnings.size() == 1);
}

TEST_CASE("a cache that does not exist yet is no warning") {
  const TemporaryFile cache("tilewright_compile_test_absent.json");
  Messages messages;
  const Compilation compilation =
      compiled(small_network(), {.tuning = {.cache_file = cache.path}, .log = messages.log()});
  CHECK(messages.warnings.empty());
}

}  // namespace tilewright::tests
