// SPDX-License-Identifier: Apache-2.0
// A process that is killed inside an inference: what it was trying is known to the next one.
#include "lib/tuner/in_situ_tuner.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/tuner/child_process.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tuner {
namespace {

const TrialPlace kHere{.device = "this device", .build = "this build"};
constexpr std::int64_t kRows = 64;
constexpr int kMostRuns = 100;

/// Two layers of three kernels, the second with two steps; and a third that gives trials room.
InSituSetup some_layers(const std::string& cache_file) {
  InSituSetup setup{{}, {}, cache_file, kHere};
  for (const std::string& name :
       {std::string("first"), std::string("second"), std::string("rest")}) {
    setup.problem.layers.push_back({{{0, 1}, {-0.1, 1}, {0.1, 1}}, kRows});
    setup.entries.push_back({{.op = name, .device = "this device", .threads = 1, .build = "b"},
                             {name + "_plain/0", name + "_fast/0", name + "_other/0"},
                             1e9});
  }
  setup.problem.layer_of_step.assign(40, 2);
  std::ranges::copy(std::vector{0, 1, 1}, setup.problem.layer_of_step.begin());
  return setup;
}

enum class Death { InTrial, AfterTrial, AfterRun, None };

/// Runs inferences until kernel 1 of the second layer is on trial; then the process is killed.
void run_until(const InSituSetup& setup, Death death) {
  InSituTuner tuner(setup);
  for (int run = 0; run < kMostRuns; ++run) {
    tuner.begin_run();
    bool meets_it = false;
    for (std::size_t step = 0; step < setup.problem.layer_of_step.size(); ++step) {
      for (std::int64_t begin = 0; begin < kRows;) {
        const StepPart part = tuner.next(step, begin);
        const bool is_it = step == 1 && part.kernel == 1;
        if (is_it && death == Death::InTrial) ::raise(SIGKILL);
        if (part.is_timed) tuner.report(step, 20'000 * (part.row_end - begin) / kRows);
        meets_it = meets_it || is_it;
        begin = part.row_end;
        if (is_it && death == Death::AfterTrial) {
          if (!part.is_timed) static_cast<void>(tuner.next(2, 0));
          ::raise(SIGKILL);
        }
      }
    }
    tuner.end_run();
    if (meets_it && death == Death::AfterRun) ::raise(SIGKILL);
  }
}

std::vector<TrialRecord> deaths_of(const std::string& path, Death death) {
  const InSituSetup setup = some_layers(path);
  CHECK(ends_well(start_process([&] { run_until(setup, death); })) == (death == Death::None));
  return take_deadly_trials(path);
}

TEST_CASE("a process killed in a trial inside an inference names the kernel", "[tuner][in_situ]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  CHECK(deaths_of(path, Death::InTrial) ==
        std::vector<TrialRecord>{trial_record(kHere, "second", "second_fast/0")});
  CHECK(take_deadly_trials(path).empty());
}

TEST_CASE("a process killed behind a trial, or between inferences, accuses nobody",
          "[tuner][in_situ]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  CHECK(deaths_of(path, Death::AfterTrial).empty());
  CHECK(deaths_of(path, Death::AfterRun).empty());
  CHECK(deaths_of(path, Death::None).empty());
}

TEST_CASE("a kernel is recorded before its first trial in a layer, and never again",
          "[tuner][in_situ]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  const auto journal_bytes = [&] {
    std::uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder.path()))
      bytes += file.file_size();
    return bytes;
  };
  {
    const std::string text = format_trial({"d", "b", "kernel/0", "1"});
    FirstTrials trials(TrialJournal::open(path), {{{}, text, text}, {{}, text, text}});
    trials.begin(0, 1);
    CHECK(journal_bytes() > 0);
    trials.end();
    CHECK(journal_bytes() == 0);
    trials.begin(0, 1);
    CHECK(journal_bytes() == 0);
    trials.begin(0, 0);  // no record
    CHECK(journal_bytes() == 0);
    trials.begin(1, 1);
    CHECK(journal_bytes() > 0);
  }
  CHECK(folder.file_count() == 0);
}

TEST_CASE("without a cache file nothing is recorded, and tuning goes on", "[tuner][in_situ]") {
  const InSituSetup setup = some_layers("");
  InSituTuner tuner(setup);
  for (int run = 0; run < kMostRuns; ++run) {
    tuner.begin_run();
    for (std::size_t step = 0; step < setup.problem.layer_of_step.size(); ++step) {
      for (std::int64_t begin = 0; begin < kRows;) {
        const StepPart part = tuner.next(step, begin);
        if (part.is_timed) tuner.report(step, 20'000 * (part.row_end - begin) / kRows);
        begin = part.row_end;
      }
    }
    tuner.end_run();
  }
  CHECK(tuner.progress().trials > 0);
}

}  // namespace
}  // namespace tilewright::tuner
