// SPDX-License-Identifier: Apache-2.0
#include "runtime/denormals.h"

namespace tilewright::runtime {
namespace {
constexpr std::uint64_t kFlushToZero = std::uint64_t{1} << 24;  // FPCR.FZ: operands and results

std::uint64_t read_mode() {
  std::uint64_t mode = 0;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}

void write_mode(std::uint64_t mode) {
  asm volatile("msr fpcr, %0" : : "r"(mode));
}
}  // namespace

FlushDenormals::FlushDenormals() : saved_mode_(read_mode()) {
  write_mode(saved_mode_ | kFlushToZero);
}

FlushDenormals::~FlushDenormals() {
  write_mode(saved_mode_);
}

}  // namespace tilewright::runtime
