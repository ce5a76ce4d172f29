// SPDX-License-Identifier: Apache-2.0
// Candidates that end the process: recorded before they run, found by the next process.
#include "lib/tuner/trial_journal.h"

#include <cstdlib>
#include <fstream>

#include <catch2/catch_test_macros.hpp>

#include "lib/tuner/blacklist.h"
#include "lib/tuner/tune.h"
#include "tests/lib/tuner/child_process.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tuner {
namespace {

const TrialPlace kPlace{.device = "this device", .build = "this build"};

/// Two kernels of two configurations; the second promises more than it keeps.
TuningProblem two_kernels() {
  TuningProblem problem;
  problem.layers.push_back({.name = "layer", .count = 1});
  double log_seconds = -7;
  for (const char* name : {"good/0", "good/1", "bad/0", "bad/1"}) {
    problem.layers[0].candidates.push_back(
        {.name = name, .variant_id = 0, .analytic_log_seconds = log_seconds -= 0.1});
  }
  return problem;
}

/// Kernels that take their analytic times, but for one that ends the process.
class DeadlyMeasurer final : public Measurer {
 public:
  explicit DeadlyMeasurer(const TuningProblem& problem) : problem_(problem) {}

  Result<Measurement> measure(const Visit& visit) override {
    now_ += 1e-3;
    const std::string& name = problem_.layers[visit.layer].candidates[visit.candidate].name;
    if (kernel_name(name) == "bad") std::abort();
    return Measurement{.seconds = 1e-3 * visit.fraction, .fraction = visit.fraction};
  }
  double now_seconds() override { return now_; }

 private:
  const TuningProblem& problem_;
  double now_ = 0;
};

bool tune_in_a_process(const TuningProblem& problem, const std::string& cache_path) {
  return ends_well(start_process([&] {
    DeadlyMeasurer kernels(problem);
    TrialJournal journal = TrialJournal::open(cache_path);
    JournalingMeasurer measurer(kernels, problem, journal, kPlace);
    if (!tune(problem, measurer, {.budget_ms = 200})) ::_exit(1);
  }));
}

TEST_CASE("the kernel that a process died in is known to the next one, and left out",
          "[tuner][cache]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  TuningProblem problem = two_kernels();
  REQUIRE_FALSE(tune_in_a_process(problem, path));
  const std::vector<TrialRecord> deadly = take_deadly_trials(path);
  REQUIRE(deadly.size() == 1);
  CHECK(deadly[0].device == kPlace.device);
  CHECK(deadly[0].build == kPlace.build);
  CHECK(kernel_name(deadly[0].candidate) == "bad");
  CHECK(take_deadly_trials(path).empty());

  TuningCache cache;
  blacklist(cache, kPlace, deadly[0].candidate);
  REQUIRE(save_cache(cache, path));
  const TuningCache loaded = load_cache(path).cache;
  std::erase_if(problem.layers[0].candidates, [&](const Candidate& candidate) {
    return is_blacklisted(loaded, kPlace, candidate.name);
  });
  CHECK(problem.layers[0].candidates.size() == 2);
  CHECK(tune_in_a_process(problem, path));
  CHECK(take_deadly_trials(path).empty());
  CHECK(folder.file_count() == 1);
}

TEST_CASE("what a living process tries is no death", "[tuner][cache]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  {
    TrialJournal journal = TrialJournal::open(path);
    REQUIRE(journal.is_recording());
    journal.begin(format_trial({"d", "b", "kernel/0"}));
    CHECK(take_deadly_trials(path).empty());
    CHECK(folder.file_count() == 1);
  }
  CHECK(folder.file_count() == 0);
}

TEST_CASE("a process that ends between two trials accuses nobody", "[tuner][cache]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  const pid_t child = start_process([&] {
    TrialJournal journal = TrialJournal::open(path);
    journal.begin(format_trial({"d", "b", "kernel/0"}));
    journal.end();
    std::abort();
  });
  REQUIRE_FALSE(ends_well(child));
  CHECK(folder.file_count() == 1);
  CHECK(take_deadly_trials(path).empty());
  CHECK(folder.file_count() == 0);
}

TEST_CASE("bytes that are no record accuse nobody", "[tuner][cache]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  const std::string header = "tilewright-trial 1\n";
  for (const std::string& text :
       {std::string("hello"), header + "d\nb\n", header + "d\nb\nkernel/0", header + "\nb\nc\n",
        header + "d\nb\nc\nmore\n", header + "d\n" + std::string(2000, 'b') + "\nc\n"}) {
    std::ofstream(path + ".trying-abcdef") << text;
    CHECK(take_deadly_trials(path).empty());
  }
  std::ofstream(path + ".trying-abcdef") << header << "d\nb\nkernel/0\n";
  CHECK(take_deadly_trials(path) == std::vector<TrialRecord>{{"d", "b", "kernel/0"}});
}

TEST_CASE("without a folder to write to, tuning goes on without a journal", "[tuner][cache]") {
  const TemporaryFolder folder;
  TrialJournal journal = TrialJournal::open(folder.file("none/tune.json"));
  CHECK_FALSE(journal.is_recording());
  journal.begin(format_trial({"d", "b", "kernel/0"}));
  journal.end();
  CHECK(take_deadly_trials(folder.file("none/tune.json")).empty());
}

TEST_CASE("a kernel is blacklisted and trusted as a whole, for its device and build",
          "[tuner][cache]") {
  TuningCache cache;
  blacklist(cache, kPlace, "bad/1.2.3.4");
  trust(cache, kPlace, "good/1");
  CHECK(is_blacklisted(cache, kPlace, "bad/5"));
  CHECK(is_blacklisted(cache, kPlace, "bad"));
  CHECK_FALSE(is_blacklisted(cache, kPlace, "badly/5"));
  CHECK_FALSE(is_blacklisted(cache, {kPlace.device, "next build"}, "bad/5"));
  CHECK_FALSE(is_blacklisted(cache, {"other device", kPlace.build}, "bad/5"));
  CHECK(is_trusted(cache, kPlace, "good/2"));
  CHECK_FALSE(is_trusted(cache, kPlace, "bad/2"));
  CHECK(parse_cache(format_cache(cache)).cache == cache);
}

}  // namespace
}  // namespace tilewright::tuner
