// SPDX-License-Identifier: Apache-2.0
// Enough chains to hide the latency of a multiply-add on two units, few enough for the registers.
#include <immintrin.h>

#include "lib/fma_peak.h"

namespace tilewright {
namespace {

constexpr int kSteps = 2000;

// The empty asm keeps each chain in a register and its steps apart.
[[gnu::target("avx512f")]] float spin_avx512() {
  __m512 chains[16];
  const __m512 half = _mm512_set1_ps(0.5F);
#pragma GCC unroll 16
  for (__m512& chain : chains)
    chain = half;
  for (int i = 0; i < kSteps; ++i) {
#pragma GCC unroll 16
    for (__m512& chain : chains) {
      chain = _mm512_fmadd_ps(chain, half, half);
      asm volatile("" : "+v"(chain));
    }
  }
  float sum = 0;
#pragma GCC unroll 16
  for (const __m512& chain : chains)
    sum += _mm512_cvtss_f32(chain);
  return sum;
}

[[gnu::target("avx2,fma")]] float spin_avx2() {
  __m256 chains[12];
  const __m256 half = _mm256_set1_ps(0.5F);
#pragma GCC unroll 12
  for (__m256& chain : chains)
    chain = half;
  for (int i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (__m256& chain : chains) {
      chain = _mm256_fmadd_ps(chain, half, half);
      asm volatile("" : "+x"(chain));
    }
  }
  float sum = 0;
#pragma GCC unroll 12
  for (const __m256& chain : chains)
    sum += _mm256_cvtss_f32(chain);
  return sum;
}

// Multiplications and additions as two instructions each.
float spin_baseline() {
  __m128 chains[12];
  const __m128 half = _mm_set1_ps(0.5F);
#pragma GCC unroll 12
  for (__m128& chain : chains)
    chain = half;
  for (int i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (__m128& chain : chains) {
      chain = _mm_mul_ps(chain, half);
      asm volatile("" : "+x"(chain));
      chain = _mm_add_ps(chain, half);
      asm volatile("" : "+x"(chain));
    }
  }
  float sum = 0;
#pragma GCC unroll 12
  for (const __m128& chain : chains)
    sum += _mm_cvtss_f32(chain);
  return sum;
}

}  // namespace

double spin_flops(Isa isa) {
  switch (isa) {
    case Isa::X86Avx512:
    case Isa::X86Avx512Vnni:
      return 2.0 * 16 * 16 * kSteps;
    case Isa::X86Avx2:
      return 2.0 * 12 * 8 * kSteps;
    case Isa::Portable:
    case Isa::X86Baseline:
    case Isa::Arm64Neon:
    case Isa::Arm64Dotprod:
      return 2.0 * 12 * 4 * kSteps;
  }
  return 0;
}

float spin_fma(Isa isa) {
  switch (isa) {
    case Isa::X86Avx512:
    case Isa::X86Avx512Vnni:
      return spin_avx512();
    case Isa::X86Avx2:
      return spin_avx2();
    case Isa::Portable:
    case Isa::X86Baseline:
    case Isa::Arm64Neon:
    case Isa::Arm64Dotprod:
      return spin_baseline();
  }
  return 0;
}

}  // namespace tilewright
