// SPDX-License-Identifier: Apache-2.0
// Every candidate runs a few times; the best few race in turns, with the peak and a copy between
// them, so that a slow moment of the machine hits all. A turn is a few runs, so that the operands
// of a candidate, and of the copy, are where its own runs leave them, not where the others' did.
// Times are the least seen: noise only adds.
#include "bench/kernel_sweep.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>

#include "bench/page_memory.h"
#include "kernels/op_rules.h"
#include "kernels/registry.h"
#include "lib/dot_peak.h"
#include "lib/fma_peak.h"
#include "runtime/cpu_features.h"

namespace tilewright::bench {
namespace {

using kernels::Kernel;
using kernels::KernelConfig;

constexpr std::size_t kRacers = 8;
constexpr int kFirstRuns = 4;
constexpr int kRounds = 20;
constexpr int kRunsPerTurn = 3;

template <typename F>
double seconds_of(F&& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The operands of a layer, dense; values do not matter.
struct Operands {
  explicit Operands(const Layer& layer) : dst(layer.dst.size_bytes()) {
    for (const TensorSpec& spec : layer.src)
      src.emplace_back(spec.size_bytes());
  }
  std::vector<PageMemory> src;
  PageMemory dst;
};

/// A kernel with a configuration, ready to run.
struct Candidate {
  Candidate(const Layer& layer, const Operands& operands, const Kernel& used,
            const KernelConfig& chosen)
      : kernel(&used), config(chosen) {
    const kernels::Call call{layer.op, layer.src, layer.dst};
    packed = std::make_unique<PageMemory>(used.packed_bytes(call, used, config));
    scratch = std::make_unique<PageMemory>(used.scratch_bytes(call, used, config));
    const std::uint32_t consumed = used.packed_inputs(call, used);
    std::vector<const std::byte*> constants;
    for (std::size_t i = 0; i < layer.src.size(); ++i) {
      const bool is_packed = (consumed >> i & 1U) != 0;
      constants.push_back(is_packed ? operands.src[i].data() : nullptr);
      refs.push_back({is_packed ? nullptr : operands.src[i].data(), layer.src[i].dtype,
                      layer.src[i].shape, kernels::dense_strides(layer.src[i].shape)});
    }
    dst = {operands.dst.data(), layer.dst.dtype, layer.dst.shape,
           kernels::dense_strides(layer.dst.shape)};
    used.pack(call, used, config, constants, packed->data());
  }
  void run(const Layer& layer) {
    const double elapsed = seconds_of([&] {
      kernel->run({layer.op, refs, dst, packed->data(), scratch->data(), config, *kernel, 0,
                   kernels::row_count(layer.dst.shape)});
    });
    seconds = std::min(seconds, elapsed);
  }

  const Kernel* kernel;
  KernelConfig config;
  std::unique_ptr<PageMemory> packed, scratch;
  std::vector<kernels::TensorRef> refs;
  kernels::TensorRef dst;
  double seconds = 1e9;
};

std::vector<Candidate> candidates(const Layer& layer, const Operands& operands, Isa cap,
                                  const std::string& filter) {
  std::vector<Candidate> result;
  const kernels::Call call{layer.op, layer.src, layer.dst};
  for (const Kernel* kernel : kernels::all()) {
    if (kernel->isa == Isa::Portable || !kernel->supports(call, *kernel)) continue;
    if ((runtime::isas_up_to(cap) & runtime::bit(kernel->isa)) == 0) continue;
    if (kernel->name.find(filter) == std::string_view::npos) continue;
    for (const KernelConfig& config : kernel->configs(call, *kernel)) {
      result.emplace_back(layer, operands, *kernel, config);
      for (int i = 0; i < kFirstRuns; ++i)
        result.back().run(layer);
      std::sort(result.begin(), result.end(),
                [](const Candidate& a, const Candidate& b) { return a.seconds < b.seconds; });
      if (result.size() > kRacers) result.pop_back();
    }
  }
  if (result.empty()) {
    std::fprintf(stderr, "no kernel for %s\n", layer.name.c_str());
    std::abort();
  }
  return result;
}

/// What a core does at most: floating-point operations, or products of bytes and their sums.
struct Peak {
  double flops;
  std::function<float()> spin;
};

Peak peak_of(const Layer& layer, Isa cap) {
  const Isa isa = runtime::supported_isas() >= runtime::bit(cap) ? cap : runtime::best_isa();
  const std::vector<DotPeak> dots = dot_peaks(runtime::isas_up_to(cap));
  if (layer.src[0].dtype != DType::Int8 || dots.empty())
    return {spin_flops(isa), [isa] { return spin_fma(isa); }};
  return {dots.back().operations(),
          [spin = dots.back().spin] { return static_cast<float>(spin()); }};
}

}  // namespace

double SweepResult::roofline_fraction() const {
  return std::max(flops / peak_flops, copy_seconds) / seconds;
}

SweepResult sweep(const Layer& layer, Isa cap, const std::string& filter) {
  const Operands operands(layer);
  SweepResult result;
  std::vector<Candidate> racers = candidates(layer, operands, cap, filter);
  const Peak peak = peak_of(layer, cap);
  for (const TensorSpec& spec : layer.src)
    result.bytes += static_cast<double>(spec.size_bytes());
  result.bytes += static_cast<double>(layer.dst.size_bytes());
  // A copy reads as much as it writes.
  const auto half = static_cast<std::size_t>(result.bytes / 2);
  const PageMemory from(static_cast<std::int64_t>(half));
  const PageMemory to(static_cast<std::int64_t>(half));
  double spin_seconds = 1e9;
  result.copy_seconds = 1e9;
  volatile float sink = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (Candidate& racer : racers) {
      for (int i = 0; i < kRunsPerTurn; ++i)
        racer.run(layer);
      spin_seconds = std::min(spin_seconds, seconds_of([&] { sink = peak.spin(); }));
    }
    for (int i = 0; i < kRunsPerTurn; ++i) {
      const double elapsed = seconds_of([&] { std::memcpy(to.data(), from.data(), half); });
      result.copy_seconds = std::min(result.copy_seconds, elapsed);
    }
  }
  const auto best = std::min_element(
      racers.begin(), racers.end(),
      [](const Candidate& a, const Candidate& b) { return a.seconds < b.seconds; });
  result.kernel = best->kernel->name;
  result.config = best->config;
  result.seconds = best->seconds;
  result.flops = 2.0 * static_cast<double>(kernels::macs(layer.op, layer.src, layer.dst));
  result.peak_flops = peak.flops / spin_seconds;
  return result;
}

}  // namespace tilewright::bench
