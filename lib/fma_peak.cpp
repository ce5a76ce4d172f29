// SPDX-License-Identifier: Apache-2.0
#include "lib/fma_peak.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace tilewright {

double fma_peak_gflops(Isa isa) {
  constexpr int kBursts = 100;  // one of them runs undisturbed
  double best_seconds = std::numeric_limits<double>::infinity();
  volatile float sink = 0;
  for (int i = 0; i < kBursts; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    sink = spin_fma(isa);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    best_seconds = std::min(best_seconds, taken.count());
  }
  static_cast<void>(sink);
  return spin_flops(isa) / best_seconds * 1e-9;
}

}  // namespace tilewright
