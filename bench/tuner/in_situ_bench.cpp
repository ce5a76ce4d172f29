// SPDX-License-Identifier: Apache-2.0
// Tuning inside inferences on this machine: a session that does and one that does not run in turns.
//
//   in_situ_bench [--runs=200] [--threads=1] MODEL...
//
// A ratio is the time of an inference over that of its untuned neighbour; medians of windows are
// what a user sees, outliers are the machine's as much as ours, so both sessions' are counted. With
// one thread, time in which it had no core does not count (in the bench: the tuner sees wall time).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "tilewright/tilewright.h"

#include "lib/tuner/measure.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

struct Contestant {
  Session session;
  double compile_ms = 0;  // and create
  Requirements needs;
  std::vector<double> run_ms{};
};

Result<Contestant> contestant(const Model& model, std::int32_t threads, TuningMode mode) {
  const Clock::time_point begin = Clock::now();
  TILEWRIGHT_TRY(const Plan plan, compile(model, {.threads = threads, .tuning = {.mode = mode}}));
  TILEWRIGHT_TRY(Session session, Session::create(plan));
  return Contestant{std::move(session), ms_since(begin), plan.requirements()};
}

Status run_once(Contestant& contestant, const tuner::Timer& timer) {
  const bool knows_busy = timer.busy_seconds != nullptr;
  const double busy = knows_busy ? timer.busy_seconds() : 0;
  const Clock::time_point begin = Clock::now();
  TILEWRIGHT_RETURN_IF_ERROR(contestant.session.run());
  const double wall_ms = ms_since(begin);
  contestant.run_ms.push_back(knows_busy ? std::min(wall_ms, 1e3 * (timer.busy_seconds() - busy))
                                         : wall_ms);
  return ok();
}

double median_ratio(const Contestant& tuned, const Contestant& untuned, std::size_t begin,
                    std::size_t end) {
  std::vector<double> ratios;
  for (std::size_t i = begin; i < std::min(end, tuned.run_ms.size()); ++i)
    ratios.push_back(tuned.run_ms[i] / untuned.run_ms[i]);
  return ratios.empty() ? 0 : tuner::median(ratios);
}

/// Share of inferences over 1.25 times the median of `untuned`, in percent.
double outliers(const Contestant& one, double untuned_ms) {
  const auto count =
      std::ranges::count_if(one.run_ms, [&](double ms) { return ms > 1.25 * untuned_ms; });
  return 100 * static_cast<double>(count) / static_cast<double>(one.run_ms.size());
}

Status bench(const std::string& path, std::int64_t runs, std::int32_t threads) {
  TILEWRIGHT_TRY(const Model model, Model::load(path));
  TILEWRIGHT_TRY(Contestant untuned, contestant(model, threads, TuningMode::Off));
  TILEWRIGHT_TRY(Contestant tuned, contestant(model, threads, TuningMode::InSitu));
  const tuner::Timer timer = tuner::machine_timer(threads);
  for (std::int64_t i = 0; i < runs; ++i) {
    Contestant& first = i % 2 == 0 ? untuned : tuned;
    Contestant& second = i % 2 == 0 ? tuned : untuned;
    TILEWRIGHT_RETURN_IF_ERROR(run_once(first, timer));
    TILEWRIGHT_RETURN_IF_ERROR(run_once(second, timer));
  }
  const double untuned_ms = tuner::median(untuned.run_ms);
  const TuningProgress progress = tuned.session.tuning();
  std::printf("| %s | %.2f |", path.substr(path.rfind('/') + 1).c_str(), untuned_ms);
  std::printf(" %.2f |", tuned.run_ms[0] / untuned.run_ms[0]);
  for (const std::size_t begin : {1, 25, 50, 100, 150}) {
    const std::size_t end = begin == 1 ? 25 : begin == 25 ? 50 : begin + 50;
    std::printf(" %.3f |", median_ratio(tuned, untuned, begin, end));
  }
  std::printf(" %.1f / %.1f %% | %d of %d, %lld | %.1f / %.1f ms | %.1f + %.1f MB |\n",
              outliers(tuned, untuned_ms), outliers(untuned, untuned_ms), progress.settled_layers,
              progress.layers, static_cast<long long>(progress.trials), tuned.compile_ms,
              untuned.compile_ms, 1e-6 * static_cast<double>(tuned.needs.trial_weight_bytes),
              1e-6 * static_cast<double>(tuned.needs.arena_bytes - untuned.needs.arena_bytes));
  return ok();
}

int run(std::span<char*> arguments) {
  std::int64_t runs = 200;
  std::int32_t threads = 1;
  std::puts(
      "| model | untuned ms | 1st | 2-25 | 26-50 | 51-100 | 101-150 | 151-200 | over 1.25x, tuned "
      "/ "
      "untuned | settled, trials | compile and create | weights + scratch on trial |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|");
  for (const char* argument : arguments) {
    if (std::strncmp(argument, "--runs=", 7) == 0) {
      runs = std::max(std::strtol(argument + 7, nullptr, 10), 1L);
    } else if (std::strncmp(argument, "--threads=", 10) == 0) {
      threads = static_cast<std::int32_t>(std::strtol(argument + 10, nullptr, 10));
    } else if (const Status done = bench(argument, runs, threads); !done) {
      std::fprintf(stderr, "in_situ_bench: %s\n", done.error().message.c_str());
      return 1;
    }
  }
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  return tilewright::bench::run({argv + 1, static_cast<std::size_t>(argc - 1)});
}
