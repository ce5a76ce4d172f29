// SPDX-License-Identifier: Apache-2.0
// The empty asm makes each load happen, whatever becomes of its value.
#include <immintrin.h>

#include "lib/vector_reads.h"

namespace tilewright {
namespace {

constexpr std::size_t kUnrolled = 8;

[[gnu::target("avx512f")]] void read_avx512(std::span<const std::byte> bytes) {
  const std::byte* const end = bytes.data() + bytes.size();
  for (const std::byte* at = bytes.data(); at != end; at += kUnrolled * sizeof(__m512)) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kUnrolled; ++i) {
      __m512 loaded = _mm512_load_ps(at + i * sizeof(__m512));
      asm volatile("" : "+v"(loaded));
    }
  }
}

[[gnu::target("avx2")]] void read_avx2(std::span<const std::byte> bytes) {
  const std::byte* const end = bytes.data() + bytes.size();
  for (const std::byte* at = bytes.data(); at != end; at += kUnrolled * sizeof(__m256)) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kUnrolled; ++i) {
      __m256 loaded = _mm256_load_ps(reinterpret_cast<const float*>(at + i * sizeof(__m256)));
      asm volatile("" : "+x"(loaded));
    }
  }
}

void read_baseline(std::span<const std::byte> bytes) {
  const std::byte* const end = bytes.data() + bytes.size();
  for (const std::byte* at = bytes.data(); at != end; at += kUnrolled * sizeof(__m128)) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kUnrolled; ++i) {
      __m128 loaded = _mm_load_ps(reinterpret_cast<const float*>(at + i * sizeof(__m128)));
      asm volatile("" : "+x"(loaded));
    }
  }
}

}  // namespace

void read_vectors(Isa isa, std::span<const std::byte> bytes) {
  switch (isa) {
    case Isa::X86Avx512:
    case Isa::X86Avx512Vnni:
      return read_avx512(bytes);
    case Isa::X86Avx2:
      return read_avx2(bytes);
    case Isa::Portable:
    case Isa::X86Baseline:
    case Isa::Arm64Neon:
    case Isa::Arm64Dotprod:
      return read_baseline(bytes);
  }
}

}  // namespace tilewright
