// SPDX-License-Identifier: Apache-2.0
// What fusion into strips costs or saves: for every model the arena and the time with and without
// it, in turns, and for the parts of its chains with the largest tensors the best strips.
//
//   strip_bench [--threads N] MODEL.tw .. | mobilenet_v2 | attention
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tilewright/session.h"

#include "bench/built_in_networks.h"
#include "lib/compilation.h"
#include "lib/lowering.h"
#include "lib/strip_trial.h"
#include "lib/tuner/statistics.h"

namespace tilewright {
namespace {

constexpr std::size_t kMostParts = 12;
constexpr int kRounds = 15;

Result<double> run_ms(Session& session, const Plan& plan) {
  for (std::size_t i = 0; i < plan.inputs().size(); ++i) {
    const MutableTensorView input = session.input(i);
    std::memset(input.data, 0, static_cast<std::size_t>(input.size_bytes()));
  }
  const auto begin = std::chrono::steady_clock::now();
  TILEWRIGHT_RETURN_IF_ERROR(session.run());
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

Status compare_networks(const Model& model, std::int32_t threads) {
  CompileOptions options{.threads = threads, .fusion = Fusion::Off};
  TILEWRIGHT_TRY(const Compilation off, compile_in_detail(model, options));
  options.fusion = Fusion::Memory;
  TILEWRIGHT_TRY(const Compilation strips, compile_in_detail(model, options));
  TILEWRIGHT_TRY(Session off_session, Session::create(off.plan));
  TILEWRIGHT_TRY(Session strips_session, Session::create(strips.plan));
  std::vector<double> off_ms;
  std::vector<double> ratios;
  for (int i = 0; i < kRounds; ++i) {
    double least[2] = {HUGE_VAL, HUGE_VAL};
    for (int k = 0; k < 3; ++k) {
      TILEWRIGHT_TRY(const double a, run_ms(off_session, off.plan));
      TILEWRIGHT_TRY(const double b, run_ms(strips_session, strips.plan));
      least[0] = std::min(least[0], a);
      least[1] = std::min(least[1], b);
    }
    off_ms.push_back(least[0]);
    ratios.push_back(least[1] / least[0]);
  }
  std::printf(
      "arena %.0f KiB apart, %.0f KiB in strips (%.2f); %zu steps, %zu; %.3f ms, %.3f of it in "
      "strips\n",
      static_cast<double>(off.solution.arena_bytes) / 1024,
      static_cast<double>(strips.solution.arena_bytes) / 1024,
      static_cast<double>(strips.solution.arena_bytes) /
          static_cast<double>(off.solution.arena_bytes),
      off.program.ops.size(), strips.program.ops.size(), tuner::median(off_ms),
      tuner::median(ratios));
  return ok();
}

Status compare_parts(const Model& model, std::int32_t threads) {
  TILEWRIGHT_TRY(const Compilation off,
                 compile_in_detail(model, {.threads = threads, .fusion = Fusion::Off}));
  std::vector<StripGroup> parts;
  for (const std::vector<std::size_t>& chain : strip_chains(off.program, off.choices)) {
    for (std::size_t first = 0; first + 1 < chain.size(); ++first) {
      const std::size_t most = std::min(first + kMaxGroupOps, chain.size());
      for (std::size_t end = first + 2; end <= most; ++end)
        parts.push_back({{chain.begin() + static_cast<std::ptrdiff_t>(first),
                          chain.begin() + static_cast<std::ptrdiff_t>(end)},
                         0});
    }
  }
  const auto removed = [&](const StripGroup& part) {
    std::int64_t bytes = 0;
    for (std::size_t p = 0; p + 1 < part.ops.size(); ++p)
      bytes += off.program.ops[part.ops[p]].dst.spec.size_bytes();
    return bytes / static_cast<std::int64_t>(part.ops.size() - 1);
  };
  std::ranges::stable_sort(parts, std::greater{}, removed);
  if (parts.size() > kMostParts) parts.resize(kMostParts);
  for (StripGroup& part : parts) {
    const std::size_t last = part.ops.back();
    double best = HUGE_VAL;
    std::int64_t best_rows = 0;
    std::string ratios;
    for (const std::int64_t rows : strip_heights(off.program.ops[last], off.choices[last])) {
      part.strip_rows = rows;
      TILEWRIGHT_TRY(const tuner::PairedRatio ratio,
                     strip_log_ratio(off.program, off.choices, part,
                                     {.threads = threads, .blocks = 5, .repeats = 2}));
      ratios += "  " + std::to_string(rows) + ": " + std::to_string(std::exp(ratio.log_ratio));
      if (ratio.log_ratio >= best) continue;
      best = ratio.log_ratio;
      best_rows = rows;
    }
    if (best_rows == 0) continue;
    part.strip_rows = best_rows;
    const StripMemory memory = strip_memory(off.program, off.choices, part);
    const ProgramOp& op = off.program.ops[last];
    std::printf("  %.3f  %6.0f KiB away, %5.0f KiB scratch, %4.1f lines  %zu ops to %s %s\n",
                std::exp(best), static_cast<double>(memory.removed_bytes) / 1024,
                static_cast<double>(memory.worker_scratch_bytes) / 1024,
                static_cast<double>(best_rows) /
                    static_cast<double>(op.dst.spec.shape[op.dst.spec.shape.rank() - 2]),
                part.ops.size(), op.name.c_str(), to_string(op.dst.spec.shape).c_str());
    std::printf("         by rows%s\n", ratios.c_str());
  }
  return ok();
}

Status compare(const std::string& name, std::int32_t threads) {
  const std::optional<Model> own = bench::built_in_network(name);
  TILEWRIGHT_TRY(const Model model, own ? Result<Model>(*own) : Model::open_saved(name));
  std::printf("%s, %d thread(s): ", name.c_str(), threads);
  TILEWRIGHT_RETURN_IF_ERROR(compare_networks(model, threads));
  return compare_parts(model, threads);
}

}  // namespace
}  // namespace tilewright

int main(int argc, char** argv) {
  std::int32_t threads = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--threads" && i + 1 < argc) {
      threads = std::clamp(std::atoi(argv[++i]), 1, tilewright::kMaxThreads);
      continue;
    }
    const tilewright::Status status = tilewright::compare(argument, threads);
    if (status) continue;
    std::fprintf(stderr, "%s: %s\n", argument.c_str(), status.error().message.c_str());
    return 1;
  }
  return 0;
}
