// SPDX-License-Identifier: Apache-2.0
// The empty asm makes each load happen, whatever becomes of its value.
#include <arm_neon.h>

#include "lib/vector_reads.h"

namespace tilewright {
namespace {

constexpr std::size_t kUnrolled = 8;

}  // namespace

void read_vectors(Isa, std::span<const std::byte> bytes) {
  const std::byte* const end = bytes.data() + bytes.size();
  for (const std::byte* at = bytes.data(); at != end; at += kUnrolled * sizeof(float32x4_t)) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kUnrolled; ++i) {
      float32x4_t loaded = vld1q_f32(reinterpret_cast<const float*>(at + i * sizeof(float32x4_t)));
      asm volatile("" : "+w"(loaded));
    }
  }
}

}  // namespace tilewright
