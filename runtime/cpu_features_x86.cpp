// SPDX-License-Identifier: Apache-2.0
// Source: Intel SDM volume 1, 13.3 (XCR0) and volume 2, CPUID.
#include <cpuid.h>
#include <cstdio>
#include <cstring>

#include "runtime/cpu_features.h"

namespace tilewright::runtime {
namespace {

struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

Registers cpuid(unsigned leaf) {
  Registers r;
  __get_cpuid_count(leaf, 0, &r.a, &r.b, &r.c, &r.d);  // leaves zeros if there is no such leaf
  return r;
}

/// XCR0: which register states the operating system saves.
std::uint64_t saved_states() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32) | low;
}

constexpr bool all_set(std::uint64_t value, std::uint64_t bits) {
  return (value & bits) == bits;
}

}  // namespace

IsaMask supported_isas() {
  constexpr unsigned kFma = 1U << 12, kOsXsave = 1U << 27, kAvx = 1U << 28,
                     kF16c = 1U << 29;  // leaf 1, ecx
  constexpr unsigned kAvx2 = 1U << 5;   // leaf 7, ebx
  constexpr unsigned kAvx512F = 1U << 16, kAvx512Dq = 1U << 17, kAvx512Cd = 1U << 28;
  constexpr unsigned kAvx512Bw = 1U << 30, kAvx512Vl = 1U << 31;
  constexpr unsigned kAvx512Vnni = 1U << 11;  // leaf 7, ecx
  constexpr std::uint64_t kYmmState = 0x06, kZmmState = 0xE6;

  IsaMask mask = bit(Isa::Portable) | bit(Isa::X86Baseline);
  const Registers features = cpuid(1);
  if (!all_set(features.c, kFma | kOsXsave | kAvx | kF16c)) return mask;
  const std::uint64_t states = saved_states();
  const Registers extended = cpuid(7);
  if (!all_set(states, kYmmState) || !all_set(extended.b, kAvx2)) return mask;
  mask |= bit(Isa::X86Avx2);
  if (all_set(states, kZmmState) &&
      all_set(extended.b, kAvx512F | kAvx512Dq | kAvx512Cd | kAvx512Bw | kAvx512Vl)) {
    mask |= bit(Isa::X86Avx512);
    if (all_set(extended.c, kAvx512Vnni)) mask |= bit(Isa::X86Avx512Vnni);
  }
  return mask;
}

std::string cpu_fingerprint() {
  const Registers vendor = cpuid(0);
  char name[13] = {};
  std::memcpy(name, &vendor.b, 4);
  std::memcpy(name + 4, &vendor.d, 4);
  std::memcpy(name + 8, &vendor.c, 4);
  const IsaMask named = supported_isas() & ~bit(Isa::X86Avx512Vnni);
  char text[64];
  std::snprintf(text, sizeof text, "x86-%s-%08x-isa%x", name, cpuid(1).a, named);
  return text;
}

}  // namespace tilewright::runtime
