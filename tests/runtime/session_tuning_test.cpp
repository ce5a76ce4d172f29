// SPDX-License-Identifier: Apache-2.0
// Sessions that tune themselves: right outputs whichever kernel runs, no allocation, what is found
// is kept.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include "lib/device_profile.h"
#include "lib/in_situ_table.h"
#include "lib/kernel_trust.h"
#include "lib/plan_builder.h"
#include "lib/tuner/cache.h"
#include "lib/tuner/first_trials.h"
#include "runtime/arena.h"
#include "runtime/kernel_table.h"
#include "runtime/thread_pool.h"
#include "tests/lib/int8_graphs.h"
#include "tests/lib/network_run.h"
#include "tests/runtime/allocation_count.h"

namespace tilewright::tests {
namespace {

constexpr int kMostRuns = 500;

CompileOptions in_situ(const std::string& cache_file = {}, std::int32_t threads = 1) {
  return {.threads = threads, .tuning = {.mode = TuningMode::InSitu, .cache_file = cache_file}};
}

/// Runs every step by its kernel of number `kernel` modulo their count; the first rows by the
/// plan's own if the step is cut.
class FixedTuner final : public StepTuner {
 public:
  FixedTuner(const std::vector<runtime::StepKernels>& steps, std::size_t kernel, bool is_cut)
      : steps_(steps), kernel_(kernel), is_cut_(is_cut) {}

  void begin_run() override {}
  StepPart next(std::size_t step, std::int64_t row_begin) override {
    const runtime::StepKernels& kernels = steps_[step];
    const std::size_t kernel = kernel_ % kernels.size();
    const std::int64_t both = kernels[0].granule * kernels[kernel].granule;
    const std::int64_t rows = kernels[0].rows;
    if (row_begin == 0 && is_cut_ && both < rows) return {0, both, false};
    return {static_cast<std::int32_t>(kernel), rows, false};
  }
  void report(std::size_t, std::int64_t) override {}
  void end_run() override { ++runs; }
  [[nodiscard]] std::int32_t choice(std::size_t) const override { return 0; }
  [[nodiscard]] TuningProgress progress() const override { return {}; }
  Status save() override { return ok(); }

  int runs = 0;

 private:
  const std::vector<runtime::StepKernels>& steps_;
  std::size_t kernel_;
  bool is_cut_;
};

/// Relative to the largest element.
double largest_difference(std::span<const float> got, const Elements& expected) {
  double largest = 0;
  double scale = 1;
  for (std::size_t i = 0; i < got.size(); ++i) {
    float wanted = 0;
    std::memcpy(&wanted, &expected.bytes[i * sizeof wanted], sizeof wanted);
    largest = std::max(largest, std::abs(double{got[i]} - double{wanted}));
    scale = std::max(scale, std::abs(double{wanted}));
  }
  return largest / scale;
}

struct TempFile {
  std::string path;
  explicit TempFile(const char* name)
      : path((std::filesystem::temp_directory_path() / name).string()) {
    std::filesystem::remove(path);
  }
  ~TempFile() { std::filesystem::remove(path); }
};

}  // namespace

TEST_CASE("a plan gives the right outputs by every kernel on trial, whole and in parts") {
  const graph::Graph networks[] = {small_network(), heavy_network()};
  for (const graph::Graph& graph : networks) {
    const Plan plan = compiled(graph, in_situ({}, 2)).plan;
    const runtime::FlatPlan& flat = plan.flat();
    REQUIRE(flat.kernel_table != nullptr);
    const auto inputs = graph::tests::random_inputs(graph, 3);
    const auto expected = graph::tests::interpret(graph, inputs);
    auto arena = runtime::Arena::allocate(flat.kernel_table->arena_bytes, {});
    REQUIRE(arena);
    const auto steps = runtime::bind_table(flat, *flat.kernel_table, arena->data());
    std::size_t most = 0;
    for (const runtime::StepKernels& kernels : steps)
      most = std::max(most, kernels.size());
    REQUIRE(most > 2);
    runtime::ThreadPool pool(2);
    const std::atomic<bool> cancelled{false};
    for (std::size_t kernel = 0; kernel < most; ++kernel) {
      for (const bool is_cut : {false, true}) {
        CAPTURE(kernel, is_cut);
        std::memset(arena->data(), 0xff, static_cast<std::size_t>(arena->size_bytes()));
        std::ranges::copy(inputs[0].bytes, arena->data() + flat.inputs[0].offset_bytes);
        FixedTuner tuner(steps, kernel, is_cut);
        REQUIRE(runtime::run_tuned_steps(steps, tuner, pool.workers(), cancelled, {}));
        const auto* output =
            reinterpret_cast<const float*>(arena->data() + flat.outputs[0].offset_bytes);
        const auto count = static_cast<std::size_t>(flat.outputs[0].spec.shape.elements());
        CHECK(largest_difference({output, count}, expected[0]) <= 1e-4);
        CHECK(tuner.runs == 1);
      }
    }
  }
}

TEST_CASE("a session tunes itself to the end without allocating, with right outputs all along") {
  const TempFile cache("tilewright_session_tuning_test.json");
  const graph::Graph graph = heavy_network();
  const auto inputs = graph::tests::random_inputs(graph, 2);
  const auto expected = graph::tests::interpret(graph, inputs);
  for (const std::int32_t threads : {1, 2}) {
    const Plan plan = compiled(graph, in_situ(cache.path, threads)).plan;
    Session session = session_of(plan, {.profile = threads == 2});
    CHECK(session.tuning().layers == 1);
    std::int64_t allocations = 0;
    int runs = 0;
    for (int left = kMostRuns; left > 0; --left, ++runs) {
      // What is settled is written in one of the next runs, after the 25th.
      if (session.tuning().settled_layers == 1) left = std::min(left, 30);
      write_inputs(session, plan, inputs);
      const std::int64_t before = allocation_count();
      const bool done = session.run().has_value();
      allocations += allocation_count() - before;
      REQUIRE(done);
      if (runs % 8 == 0)
        CHECK(largest_difference(floats_of(session.output(0)), expected[0]) <= 1e-4);
    }
    CHECK(allocations == 0);
    CHECK(session.tuning().runs == runs);
    CHECK(session.tuning().trials > 0);
    CHECK(session.tuning().settled_layers == 1);
    // Written on the way, in one of the runs.
    const tuner::LoadedCache found = tuner::load_cache(cache.path);
    CHECK_FALSE(found.warning);
    const std::string name = signature(lower(graph).ops[0]);
    CHECK(tuner::find(found.cache, layer_cache_key(device_name(), name, threads)) != nullptr);
  }
}

TEST_CASE("what a session has settled is what the next compilation takes from the cache") {
  const TempFile cache("tilewright_session_tuning_saved.json");
  const graph::Graph graph = heavy_network();
  const Compilation first = compiled(graph, in_situ(cache.path));
  Session session = session_of(first.plan, {.profile = true});
  for (int run = 0; run < kMostRuns && session.tuning().settled_layers == 0; ++run)
    REQUIRE(session.run());
  REQUIRE(session.save_tuning());
  const std::string_view kernel = session.profile()[0].kernel;
  const Compilation next = compiled(graph, in_situ(cache.path));
  CHECK(next.tuning.layers[0].source == ChoiceSource::Cache);
  CHECK(next.choices[0].kernel->name == kernel);
  CHECK(session_of(next.plan).tuning().layers == 0);
}

TEST_CASE(
    "kernels are compared with the reference before their trials, and not tried if two died in "
    "one") {
  const TempFile cache("tilewright_session_trust_test.json");
  const TempFile journal("tilewright_session_trust_test.json.trying-abcdef");
  const graph::Graph graph = heavy_network();
  const auto names_on_trial = [&](const Compilation& compilation) {
    std::set<std::string> names;
    for (const auto& alternatives : compilation.plan.flat().kernel_table->alternatives) {
      for (const runtime::Alternative& alternative : alternatives)
        names.emplace(alternative.step.kernel->name);
    }
    return names;
  };
  const auto names = names_on_trial(compiled(graph, in_situ(cache.path)));
  REQUIRE(names.size() > 2);
  const tuner::TuningCache known = tuner::load_cache(cache.path).cache;
  for (const std::string& name : names)
    CHECK(tuner::is_trusted(known, this_place(), name));

  const std::string& deadly = *names.begin();
  for (const bool is_left_out : {false, true}) {
    std::ofstream(journal.path) << tuner::format_trial(
        tuner::trial_record(this_place(), "conv", deadly + "/0.0.0.0"));
    const Compilation after = compiled(graph, in_situ(cache.path));
    CHECK(after.tuning.warnings.size() == 1);
    CHECK(names_on_trial(after).contains(deadly) != is_left_out);
    CHECK(tuner::is_blacklisted(tuner::load_cache(cache.path).cache, this_place(), deadly) ==
          is_left_out);
  }
}

TEST_CASE("saving needs a session that tunes itself and a file") {
  const graph::Graph graph = small_network();
  Session plain = session_of(compiled(graph).plan);
  CHECK(plain.tuning().layers == 0);
  const Status refused = plain.save_tuning();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::InvalidArgument);
  Session nowhere = session_of(compiled(graph, in_situ()).plan);
  REQUIRE(nowhere.run());
  CHECK(nowhere.save_tuning().error().code == ErrorCode::InvalidArgument);
  Session lost = session_of(compiled(graph, in_situ("/no/such/folder/tune.json")).plan);
  for (int run = 0; run < 100; ++run)
    REQUIRE(lost.run());
  CHECK(lost.save_tuning().error().code == ErrorCode::IoError);
}

TEST_CASE(
    "two sessions of a plan tune themselves at the same time, and cancelled runs do no harm") {
  const graph::Graph graph = heavy_network();
  const Plan plan = compiled(graph, in_situ()).plan;
  const auto inputs = graph::tests::random_inputs(graph, 5);
  const auto expected = graph::tests::interpret(graph, inputs);
  Session sessions[] = {session_of(plan), session_of(plan)};
  std::atomic<bool> is_over{false};
  std::thread canceller([&] {
    while (!is_over.load()) {
      sessions[1].cancel();
      std::this_thread::yield();
    }
  });
  std::thread other([&] {
    for (int run = 0; run < 60; ++run)
      static_cast<void>(sessions[1].run());
  });
  bool done = true;
  for (int run = 0; run < 60; ++run)
    done = sessions[0].run().has_value() && done;
  other.join();
  is_over.store(true);
  canceller.join();
  CHECK(done);
  CHECK(sessions[0].tuning().runs == 60);
  for (Session& session : sessions) {
    write_inputs(session, plan, inputs);
    REQUIRE(session.run());
    CHECK(largest_difference(floats_of(session.output(0)), expected[0]) <= 1e-4);
  }
}

TEST_CASE("trials keep to the memory they are given, and to exact kernels where asked") {
  const graph::Graph graph = heavy_network();
  const Compilation plain = compiled(graph);
  const Compilation all = compiled(graph, in_situ());
  CHECK(all.plan.requirements().trial_weight_bytes > 0);
  CHECK(all.plan.requirements().arena_bytes >= plain.plan.requirements().arena_bytes);
  CHECK(all.solution.offsets == plain.solution.offsets);
  CompileOptions none = in_situ();
  none.tuning.in_situ_extra_bytes = 0;
  const Requirements least = compiled(graph, none).plan.requirements();
  CHECK(least.trial_weight_bytes == 0);
  CHECK(least.arena_bytes == plain.plan.requirements().arena_bytes);
  CompileOptions limited = in_situ();
  limited.memory_limit_bytes = plain.plan.requirements().arena_bytes;
  CHECK(compiled(graph, limited).plan.requirements().arena_bytes <= limited.memory_limit_bytes);
  CompileOptions exact = in_situ();
  exact.exact_arithmetic = true;
  const Plan exact_plan = compiled(graph, exact).plan;
  for (const auto& alternatives : exact_plan.flat().kernel_table->alternatives) {
    CHECK_FALSE(alternatives.empty());
    for (const runtime::Alternative& other : alternatives)
      CHECK(other.step.kernel->is_exact);
  }
  CompileOptions wrong = in_situ();
  wrong.tuning.in_situ_extra_bytes = -1;
  CHECK_FALSE(check_compile_options(wrong));
}

TEST_CASE("kernels that are said to pack alike pack the same bytes") {
  std::size_t pairs = 0;
  for (const graph::Graph& graph : {small_network(), heavy_network(), small_int8_network()}) {
    const Program program = lower(graph);
    const auto layers = kernel_layers(program, ~runtime::IsaMask{0}, {});
    REQUIRE(layers);
    for (const KernelLayer& layer : layers->layers) {
      std::vector<std::pair<KernelChoice, std::shared_ptr<std::byte>>> packed;
      for (const KernelChoice& choice : layer.candidates) {
        std::int64_t bytes = 0;
        const runtime::Step step = make_step(*layer.op, choice, 1, bytes);
        auto weights = aligned_bytes(bytes);
        write_constants(*layer.op, step, weights.get());
        const std::byte* own = weights.get() + step.packed_offset_bytes;
        for (const auto& [other, theirs] : packed) {
          if (!packs_alike(*layer.op, choice, other)) continue;
          ++pairs;
          if (std::memcmp(own, theirs.get() + step.packed_offset_bytes,
                          static_cast<std::size_t>(step.packed_bytes)) != 0) {
            FAIL(candidate_name(choice) << " does not pack like " << candidate_name(other));
          }
        }
        packed.emplace_back(choice, std::move(weights));
      }
    }
  }
  CHECK(pairs > 100);
}

}  // namespace tilewright::tests
