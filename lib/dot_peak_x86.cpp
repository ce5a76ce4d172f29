// SPDX-License-Identifier: Apache-2.0
// Enough chains to hide the latency of a step, few enough for the registers.
#include <immintrin.h>

#include "lib/dot_peak.h"

namespace tilewright {
namespace {

constexpr int kDotSteps = 2000;

// The empty asm keeps each chain in a register and its steps apart.
[[gnu::target("avx512f,avx512vnni")]] std::int32_t sum_avx512vnni() {
  __m512i chains[16];
  const __m512i ones = _mm512_set1_epi8(1);
#pragma GCC unroll 16
  for (__m512i& chain : chains)
    chain = ones;
  for (int i = 0; i < kDotSteps; ++i) {
#pragma GCC unroll 16
    for (__m512i& chain : chains) {
      chain = _mm512_dpbusd_epi32(chain, ones, ones);
      asm volatile("" : "+v"(chain));
    }
  }
  __m512i sum = chains[0];
#pragma GCC unroll 16
  for (const __m512i& chain : chains)
    sum = _mm512_add_epi32(sum, chain);
  alignas(64) std::int32_t sums[16];
  _mm512_store_si512(sums, sum);
  return sums[0];
}

// A multiplication of pairs of 16 bits, and an addition.
[[gnu::target("avx2")]] std::int32_t sum_avx2() {
  __m256i chains[12];
  const __m256i ones = _mm256_set1_epi16(1);
#pragma GCC unroll 12
  for (__m256i& chain : chains)
    chain = ones;
  for (int i = 0; i < kDotSteps; ++i) {
#pragma GCC unroll 12
    for (__m256i& chain : chains) {
      __m256i pairs = _mm256_madd_epi16(ones, ones);
      asm volatile("" : "+x"(pairs));
      chain = _mm256_add_epi32(chain, pairs);
      asm volatile("" : "+x"(chain));
    }
  }
  std::int32_t sum = 0;
#pragma GCC unroll 12
  for (const __m256i& chain : chains)
    sum += _mm_cvtsi128_si32(_mm256_castsi256_si128(chain));
  return sum;
}

constexpr DotPeak kPeaks[] = {
    {Isa::X86Avx2, 8, 2, 12.0 * kDotSteps, sum_avx2},
    {Isa::X86Avx512Vnni, 16, 4, 16.0 * kDotSteps, sum_avx512vnni},
};

}  // namespace

std::vector<DotPeak> dot_peaks(runtime::IsaMask isas) {
  std::vector<DotPeak> peaks;
  for (const DotPeak& peak : kPeaks) {
    if ((isas & runtime::bit(peak.isa)) != 0) peaks.push_back(peak);
  }
  return peaks;
}

}  // namespace tilewright
