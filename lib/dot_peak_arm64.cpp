// SPDX-License-Identifier: Apache-2.0
// Enough chains to hide the latency of a step, few enough for the registers.
#include <arm_neon.h>

#include "lib/dot_peak.h"

namespace tilewright {
namespace {

constexpr int kDotSteps = 2000;
constexpr int kDotChains = 16;

[[gnu::target("arch=armv8.2-a+dotprod")]] std::int32_t sum_products() {
  int32x4_t chains[kDotChains];
  const int8x16_t ones = vdupq_n_s8(1);
  for (int32x4_t& chain : chains)
    chain = vdupq_n_s32(1);
  for (int i = 0; i < kDotSteps; ++i) {
#pragma GCC unroll 16
    for (int32x4_t& chain : chains) {
      chain = vdotq_s32(chain, ones, ones);
      asm volatile("" : "+w"(chain));
    }
  }
  std::int32_t sum = 0;
  for (const int32x4_t& chain : chains)
    sum += vgetq_lane_s32(chain, 0);
  return sum;
}

}  // namespace

std::vector<DotPeak> dot_peaks(runtime::IsaMask isas) {
  if ((isas & runtime::bit(Isa::Arm64Dotprod)) == 0) return {};
  return {{Isa::Arm64Dotprod, 4, 4, 1.0 * kDotChains * kDotSteps, sum_products}};
}

}  // namespace tilewright
