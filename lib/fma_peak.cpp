// SPDX-License-Identifier: Apache-2.0
#include "lib/fma_peak.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace tilewright {

double shortest_seconds(const std::function<void()>& run) {
  constexpr int kBursts = 100;
  double best_seconds = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kBursts; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    best_seconds = std::min(best_seconds, taken.count());
  }
  return best_seconds;
}

double fma_peak_gflops(Isa isa) {
  volatile float sink = 0;
  const double seconds = shortest_seconds([&] { sink = spin_fma(isa); });
  static_cast<void>(sink);
  return spin_flops(isa) / seconds * 1e-9;
}

}  // namespace tilewright
