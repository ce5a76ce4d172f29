// SPDX-License-Identifier: Apache-2.0
// Kernels on the layers of well-known networks: the best kernel and configuration of each, beside
// the machine's peak and its memory. One thread, operands warm.
//
//   kernel_bench [--isa=avx2] [--dtype=int8] [--kernel=14x32] [--benchmark_filter=resnet50 ...]
//
// With int8 the dense and fully connected layers are of int8, and the peak is that of its products.
// The summary covers the dense layers of depth 64 and 49 rows at least: geometric mean and minimum
// of the fraction of peak that dot kernels reach. Where Winograd's kernels are faster, it says how
// much F(4x4, 3x3) is, both as fractions of the peak between their runs.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>

#include <benchmark/benchmark.h>

#include "bench/kernel_sweep.h"
#include "runtime/cpu_features.h"

namespace tilewright::bench {
namespace {

struct Options {
  Isa cap = runtime::best_isa();
  std::string kernel;
  bool is_int8 = false;
};

/// What the summary needs, by layer.
struct Summary {
  std::map<std::string, double> fractions;  // of peak
  std::map<std::string, double> speedups;   // of Winograd's kernels
};

bool is_counted(const Layer& layer) {
  return layer.k >= 64 && layer.m >= 49 && std::holds_alternative<Conv2d>(layer.op);
}

/// The best dot kernel, where a Winograd kernel is the best of all.
SweepResult dot_result(const Layer& layer, const Options& options, const SweepResult& best,
                       Summary& summary) {
  if (!options.kernel.empty() || !best.kernel.starts_with("winograd_")) return best;
  const SweepResult dot = sweep(layer, options.cap, "dot_");
  const SweepResult winograd = sweep(layer, options.cap, "winograd_f32_f4_");
  summary.speedups[layer.name] = winograd.peak_fraction() / dot.peak_fraction();
  return dot;
}

void measure(benchmark::State& state, const Layer& layer, const Options& options,
             Summary& summary) {
  const SweepResult result = sweep(layer, options.cap, options.kernel);
  for (auto _ : state)
    state.SetIterationTime(result.seconds);
  state.counters["gflops"] = result.flops / result.seconds * 1e-9;
  state.counters["peak_gflops"] = result.peak_flops * 1e-9;
  state.counters["peak_fraction"] = result.peak_fraction();
  state.counters["roofline_fraction"] = result.roofline_fraction();
  char config[80];
  std::snprintf(config, sizeof config, "%d,%d,%d,%d", result.config.algorithm,
                result.config.block_rows, result.config.block_columns, result.config.block_depth);
  state.SetLabel(result.kernel + " " + config);
  if (!is_counted(layer)) return;
  summary.fractions[layer.name] = dot_result(layer, options, result, summary).peak_fraction();
}

void print_summary(const Summary& summary) {
  for (const auto& [layer, speedup] : summary.speedups)
    std::printf("%s: F(4x4, 3x3) %.2f times as fast as the best dot kernel\n", layer.c_str(),
                speedup);
  const std::map<std::string, double>& fractions = summary.fractions;
  if (fractions.empty()) return;
  double log_sum = 0;
  const auto* least = &*fractions.begin();
  int under = 0;
  for (const auto& entry : fractions) {
    log_sum += std::log(entry.second);
    if (entry.second < least->second) least = &entry;
    if (entry.second < 0.8) ++under;
  }
  std::printf(
      "dense layers, K >= 64, M >= 49: %zu, fraction of peak: geometric mean %.3f, minimum "
      "%.3f (%s), %d under 0.8\n",
      fractions.size(), std::exp(log_sum / static_cast<double>(fractions.size())), least->second,
      least->first.c_str(), under);
}

/// Takes our own flags out of the arguments. False if one is wrong.
bool parse(int& argc, char** argv, Options& options) {
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--kernel=", 9) == 0) {
      options.kernel = argv[i] + 9;
    } else if (std::strcmp(argv[i], "--dtype=int8") == 0) {
      options.is_int8 = true;
    } else if (std::strncmp(argv[i], "--isa=", 6) == 0) {
      bool found = false;
      for (const Isa isa : {Isa::X86Baseline, Isa::X86Avx2, Isa::X86Avx512, Isa::X86Avx512Vnni,
                            Isa::Arm64Neon, Isa::Arm64Dotprod}) {
        if (std::strcmp(argv[i] + 6, to_string(isa)) == 0) options.cap = isa, found = true;
      }
      if (!found) return false;
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  return true;
}

int run(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fprintf(
        stderr,
        "kernel_bench: expected --isa=baseline, avx2, avx512, avx512vnni, neon or dotprod\n");
    return 2;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  Summary summary;
  std::vector<Layer> layers = dense_layers();
  for (Layer& layer : other_layers())
    layers.push_back(std::move(layer));
  if (options.is_int8) layers = int8_layers(layers);
  for (const Layer& layer : layers) {
    benchmark::RegisterBenchmark(layer.name.c_str(), measure, layer, options, std::ref(summary))
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMicrosecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  print_summary(summary);
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  return tilewright::bench::run(argc, argv);
}
