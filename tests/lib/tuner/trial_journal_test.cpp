// SPDX-License-Identifier: Apache-2.0
// Candidates that end the process: recorded before they run, found by the next process.
#include "lib/tuner/trial_journal.h"

#include <cstdlib>
#include <fstream>

#include <catch2/catch_test_macros.hpp>

#include "lib/tuner/blacklist.h"
#include "lib/tuner/first_trials.h"
#include "lib/tuner/trial_deaths.h"
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
  DeadlyMeasurer(const TuningProblem& problem, FirstTrials& trials)
      : problem_(problem), trials_(trials) {}

  Result<Measurement> measure(const Visit& visit) override {
    now_ += 1e-3;
    const std::string& name = problem_.layers[visit.layer].candidates[visit.candidate].name;
    trials_.begin(visit.layer, visit.candidate);
    if (kernel_name(name) == "bad") std::abort();
    trials_.end();
    return Measurement{.seconds = 1e-3 * visit.fraction, .fraction = visit.fraction};
  }
  double now_seconds() override { return now_; }

 private:
  const TuningProblem& problem_;
  FirstTrials& trials_;
  double now_ = 0;
};

bool tune_in_a_process(const TuningProblem& problem, const std::string& cache_path) {
  return ends_well(start_process([&] {
    std::vector<std::vector<std::string>> records(1);
    for (const Candidate& candidate : problem.layers[0].candidates)
      records[0].push_back(format_trial(trial_record(kPlace, "conv", candidate.name)));
    FirstTrials trials(TrialJournal::open(cache_path), std::move(records));
    DeadlyMeasurer measurer(problem, trials);
    if (!tune(problem, measurer, {.budget_ms = 200})) ::_exit(1);
  }));
}

TEST_CASE("the kernel that two processes died in is left out by the next one", "[tuner][cache]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  TuningProblem problem = two_kernels();
  for (const bool is_first : {true, false}) {
    REQUIRE_FALSE(tune_in_a_process(problem, path));
    const std::vector<TrialRecord> deadly = take_deadly_trials(path);
    REQUIRE(deadly.size() == 1);
    CHECK(deadly[0].device == kPlace.device);
    CHECK(deadly[0].build == kPlace.build);
    CHECK(deadly[0].op == trial_op("conv"));
    CHECK(kernel_name(deadly[0].candidate) == "bad");
    CHECK(take_deadly_trials(path).empty());
    REQUIRE(save_cache(after_death(load_cache(path).cache, deadly[0]), path));
    CHECK(is_blacklisted(load_cache(path).cache, kPlace, "bad/3") != is_first);
  }
  const TuningCache loaded = load_cache(path).cache;
  std::erase_if(problem.layers[0].candidates, [&](const Candidate& candidate) {
    return is_blacklisted(loaded, kPlace, candidate.name);
  });
  CHECK(problem.layers[0].candidates.size() == 2);
  CHECK(tune_in_a_process(problem, path));
  CHECK(take_deadly_trials(path).empty());
  CHECK(folder.file_count() == 1);
}

TEST_CASE("one death makes a trial suspected, and surviving it clears it", "[tuner][cache]") {
  const TrialRecord trial = trial_record(kPlace, "conv", "kernel/0");
  TuningCache cache;
  for (int kill = 0; kill < 20; ++kill) {
    merge_cache(cache, after_death(cache, trial));
    CHECK(suspected_trials(cache, kPlace) == std::vector<TrialRecord>{trial});
    CHECK(suspected_trials(cache, {kPlace.device, "next build"}).empty());
    merge_cache(cache, after_survival(cache, trial));
    CHECK(suspected_trials(cache, kPlace).empty());
  }
  CHECK_FALSE(is_blacklisted(cache, kPlace, "kernel/0"));
  CHECK(parse_cache(format_cache(cache)).cache == cache);
  merge_cache(cache, after_death(cache, trial));
  CHECK_FALSE(is_blacklisted(cache, kPlace, "kernel/0"));
  merge_cache(cache, after_death(cache, trial));
  CHECK(is_blacklisted(cache, kPlace, "kernel/1"));
}

TEST_CASE("deaths in different trials of a kernel are no evidence", "[tuner][cache]") {
  TuningCache cache;
  for (const char* op : {"conv 1", "conv 2"}) {
    for (const char* candidate : {"kernel/0", "kernel/1"})
      merge_cache(cache, after_death(cache, trial_record(kPlace, op, candidate)));
  }
  CHECK(suspected_trials(cache, kPlace).size() == 4);
  CHECK_FALSE(is_blacklisted(cache, kPlace, "kernel/0"));
}

TEST_CASE("what a living process tries is no death", "[tuner][cache]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  {
    TrialJournal journal = TrialJournal::open(path);
    REQUIRE(journal.is_recording());
    journal.begin(format_trial({"d", "b", "kernel/0", "1"}));
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
    journal.begin(format_trial({"d", "b", "kernel/0", "1"}));
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
  const std::string header = "tilewright-trial 2\n";
  for (const std::string& text :
       {std::string("hello"), header + "d\nb\nc\n", header + "d\nb\nkernel/0\n1",
        header + "\nb\nc\n1\n", header + "d\nb\nc\n1\nmore\n",
        header + "d\n" + std::string(2000, 'b') + "\nc\n1\n",
        std::string("tilewright-trial 1\nd\nb\nkernel/0\n")}) {
    std::ofstream(path + ".trying-abcdef") << text;
    CHECK(take_deadly_trials(path).empty());
  }
  std::ofstream(path + ".trying-abcdef") << header << "d\nb\nkernel/0\n1\n";
  CHECK(take_deadly_trials(path) == std::vector<TrialRecord>{{"d", "b", "kernel/0", "1"}});
}

TEST_CASE("without a folder to write to, tuning goes on without a journal", "[tuner][cache]") {
  const TemporaryFolder folder;
  TrialJournal journal = TrialJournal::open(folder.file("none/tune.json"));
  CHECK_FALSE(journal.is_recording());
  journal.begin(format_trial({"d", "b", "kernel/0", "1"}));
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
