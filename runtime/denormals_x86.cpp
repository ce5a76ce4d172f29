// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include "runtime/denormals.h"

namespace tilewright::runtime {
namespace {
constexpr unsigned kFlushToZero = 0x8000;       // MXCSR.FTZ: results
constexpr unsigned kDenormalsAreZero = 0x0040;  // MXCSR.DAZ: operands
}  // namespace

FlushDenormals::FlushDenormals() : saved_mode_(_mm_getcsr()) {
  _mm_setcsr(static_cast<unsigned>(saved_mode_) | kFlushToZero | kDenormalsAreZero);
}

FlushDenormals::~FlushDenormals() {
  _mm_setcsr(static_cast<unsigned>(saved_mode_));
}

}  // namespace tilewright::runtime
