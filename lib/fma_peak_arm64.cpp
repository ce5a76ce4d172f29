// SPDX-License-Identifier: Apache-2.0
// Enough chains to hide the latency of a multiply-add on two units, few enough for the registers.
#include <arm_neon.h>

#include "lib/fma_peak.h"

namespace tilewright {
namespace {

constexpr int kSteps = 2000;
constexpr int kChains = 16;

}  // namespace

double spin_flops(Isa) {
  return 2.0 * kChains * 4 * kSteps;
}

float spin_fma(Isa) {
  float32x4_t chains[kChains];
  const float32x4_t half = vdupq_n_f32(0.5F);
  for (float32x4_t& chain : chains)
    chain = half;
  for (int i = 0; i < kSteps; ++i) {
#pragma GCC unroll 16
    for (float32x4_t& chain : chains) {
      chain = vfmaq_f32(half, chain, half);
      asm volatile("" : "+w"(chain));
    }
  }
  float sum = 0;
  for (const float32x4_t& chain : chains)
    sum += vgetq_lane_f32(chain, 0);
  return sum;
}

}  // namespace tilewright
