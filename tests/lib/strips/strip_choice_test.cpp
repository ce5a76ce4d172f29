// SPDX-License-Identifier: Apache-2.0
// Which strips are chosen: by what the cache has of them, held against all ways there are, by
// measurement, and when none may be.
#include "lib/strip_choice.h"

#include <cmath>
#include <filesystem>
#include <random>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "lib/device_profile.h"
#include "runtime/plan_file.h"
#include "tests/lib/network_run.h"
#include "tests/lib/strips/strip_programs.h"

namespace tilewright::tests {
namespace {

/// A cache file of this test's, gone at its end.
struct CacheFile {
  std::string path;

  explicit CacheFile(const std::string& test)
      : path(std::filesystem::temp_directory_path() / ("tilewright_strips_" + test + ".json")) {
    std::filesystem::remove(path);
  }
  CacheFile(const CacheFile&) = delete;
  CacheFile& operator=(const CacheFile&) = delete;
  ~CacheFile() { std::filesystem::remove(path); }

  [[nodiscard]] CompileOptions read_only() const {
    return {.tuning = {.mode = TuningMode::Cached, .cache_file = path}};
  }
};

/// Convolutions of different widths, one after the other.
graph::Graph chain_graph(const std::vector<std::int64_t>& channels) {
  rewriting::tests::Draft draft;
  graph::ValueId x = draft.input({1, 24, 24, 4});
  for (std::size_t i = 0; i < channels.size(); ++i)
    x = draft.conv("conv" + std::to_string(i), x, channels[i]);
  draft.output(x);
  return draft.graph();
}

/// A group and how much of an inference it saves.
struct Measured {
  StripGroup group;
  double saved_seconds = 0;
  bool costs_time = false;
};

/// The most that disjoint groups save, by trying all sets.
double most_saved(const std::vector<Measured>& groups, std::size_t first, std::size_t free_from) {
  if (first == groups.size()) return 0;
  const double without = most_saved(groups, first + 1, free_from);
  const std::vector<std::size_t>& ops = groups[first].group.ops;
  if (ops.front() < free_from) return without;
  return std::max(without,
                  groups[first].saved_seconds + most_saved(groups, first + 1, ops.back() + 1));
}

std::vector<std::byte> plan_bytes(const graph::Graph& graph, const CompileOptions& options) {
  return runtime::write_plan(compiled(graph, options).plan.flat());
}

}  // namespace

TEST_CASE("of all groups that the cache has times of, those are chosen that save most") {
  const CacheFile file("best");
  ChosenProgram chosen = with_default_kernels(chain_graph({5, 6, 7, 8, 9, 10}));
  const auto chains = strip_chains(chosen.program, chosen.choices);
  REQUIRE(chains == std::vector<std::vector<std::size_t>>{{0, 1, 2, 3, 4, 5}});
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> unit(0, 1);
    for (KernelChoice& choice : chosen.choices)
      choice.log_seconds = std::log(1e-4 + 1e-3 * unit(random));
    tuner::TuningCache cache;
    std::vector<Measured> groups;
    for (std::size_t first = 0; first < 6; ++first) {
      double apart = std::exp(chosen.choices[first].log_seconds);
      std::vector<std::size_t> ops{first};
      while (ops.back() < 5 && ops.size() < kMaxGroupOps) {
        ops.push_back(ops.back() + 1);
        apart += std::exp(chosen.choices[ops.back()].log_seconds);
        if (unit(random) < 0.2) continue;  // nobody measured it
        const double log_ratio = 0.4 * unit(random) - 0.25;
        const std::int64_t rows =
            strip_heights(chosen.program.ops[ops.back()], chosen.choices[ops.back()]).front();
        cache[strip_cache_key(device_name(), chosen.program, chosen.choices, ops, 1)] = {
            "strip_rows=" + std::to_string(rows), log_ratio, 0.01, 5, 0};
        const bool gains = log_ratio <= -0.03;
        groups.push_back(
            {{ops, rows}, gains ? apart * (1 - std::exp(log_ratio)) : 0, log_ratio > 0.01});
      }
    }
    std::filesystem::remove(file.path);
    REQUIRE(tuner::save_cache(cache, file.path));
    const auto choice = choose_strips(chosen.program, chosen.choices, file.read_only(), 0);
    REQUIRE(choice);
    double saved = 0;
    std::size_t free_from = 0;
    for (const StripGroup& group : choice->groups) {
      CHECK(group.ops.front() >= free_from);
      free_from = group.ops.back() + 1;
      const auto known = std::ranges::find(groups, group, &Measured::group);
      REQUIRE(known != groups.end());
      CHECK(!known->costs_time);
      saved += known->saved_seconds;
    }
    CHECK(saved == Catch::Approx(most_saved(groups, 0, 0)));
    CHECK(choice->outcomes.size() == groups.size());
    CHECK(static_cast<std::size_t>(std::ranges::count(
              choice->outcomes, true, &StripOutcome::is_chosen)) == choice->groups.size());
  }
}

TEST_CASE(
    "a group that costs no time is fused where it lowers the arena, and only if that is sure") {
  const CacheFile file("offer");
  const ChosenProgram chosen = with_default_kernels(chain_graph({40, 4, 8, 8}));
  REQUIRE(strip_chains(chosen.program, chosen.choices).size() == 1);
  struct Case {
    double log_ratio;
    double deviation;
    std::uint32_t samples;
    std::vector<std::size_t> ops;
    bool is_offered, is_taken;
  };
  // The first two ops have the widest tensor between them; what lies behind is far from the peak.
  for (const Case& test :
       {Case{-0.01, 0.01, 5, {0, 1}, true, true}, Case{0.009, 0.01, 5, {0, 1}, true, true},
        Case{0.011, 0.01, 5, {0, 1}, false, false}, Case{-0.01, 0.01, 1, {0, 1}, false, false},
        Case{-0.01, 0.01, 5, {2, 3}, true, false}, Case{-0.1, 0.01, 5, {2, 3}, true, true},
        Case{-0.1, 0.09, 5, {2, 3}, true, false}}) {
    CAPTURE(test.log_ratio, test.samples, test.ops.front());
    const std::size_t last = test.ops.back();
    const std::int64_t rows = strip_heights(chosen.program.ops[last], chosen.choices[last]).front();
    std::filesystem::remove(file.path);
    REQUIRE(tuner::save_cache(
        {{strip_cache_key(device_name(), chosen.program, chosen.choices, test.ops, 1),
          {"strip_rows=" + std::to_string(rows), test.log_ratio, test.deviation, test.samples, 0}}},
        file.path));
    const auto choice = choose_strips(chosen.program, chosen.choices, file.read_only(), 0);
    REQUIRE(choice);
    REQUIRE(choice->outcomes.size() == 1);
    CHECK(choice->outcomes.front().is_offered == test.is_offered);
    CHECK(choice->outcomes.front().is_chosen == test.is_taken);
    CHECK(choice->groups.size() == (test.is_taken ? 1U : 0U));
  }
}

TEST_CASE("heights that this build would not try are as if nobody had measured them") {
  const CacheFile file("heights");
  const ChosenProgram chosen = with_default_kernels(chain_graph({5, 6}));
  for (const char* candidate : {"strip_rows=7", "strip_rows=0", "strip_rows=-24", "rows=24", ""}) {
    CAPTURE(candidate);
    const tuner::CacheValue value{candidate, -1.0, 0.01, 5, 0};
    std::filesystem::remove(file.path);
    REQUIRE(tuner::save_cache(
        {{strip_cache_key(device_name(), chosen.program, chosen.choices, {0, 1}, 1), value}},
        file.path));
    const auto choice = choose_strips(chosen.program, chosen.choices, file.read_only(), 0);
    REQUIRE(choice);
    CHECK(choice->groups.empty());
    CHECK(choice->outcomes.empty());
  }
}

TEST_CASE("what is not tuned is not fused: the plan has the bytes of one without fusion") {
  for (const graph::Graph& graph : {small_network(), chain_graph({32, 8, 32})}) {
    const std::vector<std::byte> off = plan_bytes(graph, {.fusion = Fusion::Off});
    CHECK(plan_bytes(graph, {}) == off);
    CHECK(plan_bytes(graph, {.tuning = {.mode = TuningMode::Off}}) == off);
    CHECK(plan_bytes(graph, {.tuning = {.mode = TuningMode::Cached}}) == off);
    CHECK(plan_bytes(graph, {.tuning = {.mode = TuningMode::InSitu}}) == off);
  }
}

TEST_CASE("tuning measures strips, and compiling from its cache repeats its plan") {
  const CacheFile file("repeats");
  const graph::Graph graph = chain_graph({16, 8});
  CompileOptions options{
      .tuning = {.budget = std::chrono::milliseconds(8000), .cache_file = file.path}};
  const Compilation tuned = compiled(graph, options);
  REQUIRE(!tuned.strips.empty());
  for (const StripOutcome& strip : tuned.strips) {
    CHECK(strip.name == "conv0 + conv1");
    CHECK(strip.source == ChoiceSource::Tuned);
    CHECK(strip.gain > -1);
    CHECK(strip.is_chosen == (tuned.program.ops.size() == 1));
    CHECK(strip.memory.removed_bytes == 24 * 24 * 16 * 4);
  }
  options.tuning = file.read_only().tuning;
  const Compilation again = compiled(graph, options);
  CHECK(runtime::write_plan(again.plan.flat()) == runtime::write_plan(tuned.plan.flat()));
  REQUIRE(again.strips.size() == 1);
  CHECK(again.strips.front().source == ChoiceSource::Cache);
  CHECK(again.strips.front().gain == Catch::Approx(tuned.strips.front().gain));
}

TEST_CASE("tuning that is interrupted measures no strips") {
  const ChosenProgram chosen = with_default_kernels(chain_graph({32, 8}));
  CompileOptions options;
  options.tuning.interrupt.is_wanted = [](void*) { return true; };
  const auto choice = choose_strips(chosen.program, chosen.choices, options, 10'000);
  REQUIRE(choice);
  CHECK(choice->outcomes.empty());
  options.tuning.interrupt = {};
  CHECK(choose_strips(chosen.program, chosen.choices, options, 10'000)->outcomes.size() == 1);
}

TEST_CASE("nothing is fused for memory in sessions that tune themselves and in plans with banks") {
  const graph::Graph graph = chain_graph({32, 8});
  CHECK(compiled(graph, {.exact_arithmetic = true, .fusion = Fusion::Memory}).program.ops.size() ==
        1);
  const CompileOptions in_situ{
      .exact_arithmetic = true, .fusion = Fusion::Memory, .tuning = {.mode = TuningMode::InSitu}};
  CHECK(compiled(graph, in_situ).program.ops.size() == 2);
  const CompileOptions banked{
      .exact_arithmetic = true,
      .fusion = Fusion::Memory,
      .banks = {{"fast", std::int64_t{1} << 20}, {"large", std::int64_t{1} << 30}}};
  CHECK(compiled(graph, banked).program.ops.size() == 2);
}

}  // namespace tilewright::tests
