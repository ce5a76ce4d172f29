// SPDX-License-Identifier: Apache-2.0
// What an embedder may bring: memory, its banks and a log. Plain structs of functions with
// defaults.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tilewright {

/// Instruction sets, of each processor from the least; a machine has some of them. One kernel
/// function is made per variant and Isa.
enum class Isa : std::uint8_t {
  Portable,       // plain C++ of this build: data movement and the reference kernels
  X86Baseline,    // x86-64: SSE2
  X86Avx2,        // AVX2 and FMA
  X86Avx512,      // AVX-512 F, BW, CD, DQ, VL
  Arm64Neon,      // every arm64
  X86Avx512Vnni,  // AVX-512 as above with VNNI: sums of four products of bytes
  Arm64Dotprod,   // NEON with the same
};

/// The name used by `--isa` and in JSON: `portable`, `baseline`, `avx2`, `avx512`,
/// `neon`, `avx512vnni`, `dotprod`.
[[nodiscard]] constexpr const char* to_string(Isa isa) {
  switch (isa) {
    case Isa::Portable:
      return "portable";
    case Isa::X86Baseline:
      return "baseline";
    case Isa::X86Avx2:
      return "avx2";
    case Isa::X86Avx512:
      return "avx512";
    case Isa::Arm64Neon:
      return "neon";
    case Isa::X86Avx512Vnni:
      return "avx512vnni";
    case Isa::Arm64Dotprod:
      return "dotprod";
  }
  return "unknown";
}

/// Most workers of a plan or session.
inline constexpr std::int32_t kMaxThreads = 64;

/// Memory for arenas. `allocate` returns memory aligned to `alignment` bytes, or null, which
/// becomes ResourceExhausted. Null functions mean the process's own. `user` is passed through.
struct Allocator {
  void* (*allocate)(void* user, std::int64_t size_bytes, std::int64_t alignment) = nullptr;
  void (*release)(void* user, void* memory, std::int64_t size_bytes) = nullptr;
  void* user = nullptr;
};

/// A memory of a device as plans are made for it. A machine with banks has at least two, from the
/// fastest to the slowest; the last is the external memory.
struct Bank {
  std::string name = {};
  std::int64_t bytes = 0;
  double read_bytes_per_us = 1;  // above 0, no bank faster than the one before
  double write_bytes_per_us = 1;
  std::int64_t granule_bytes = 1;  // transfers are multiples of this

  bool operator==(const Bank&) const = default;
};

/// Memory of a session for one bank of its plan; a bank that is not given, or given without memory,
/// is taken from an allocator.
struct BankMemory {
  std::string_view name;   // as in `Plan::requirements().banks`
  void* memory = nullptr;  // aligned to kTensorAlignment; outlives the session
  std::int64_t bytes = 0;  // of `memory`
  Allocator allocator = {};
};

/// How bytes go from one bank to another, or inside one, where they may overlap: `copy` returns
/// when they have arrived. Null means memmove. Called on the thread that called the library.
struct Copier {
  void (*copy)(void* user, void* to, const void* from, std::int64_t size_bytes) = nullptr;
  void* user = nullptr;
};

enum class Severity : std::uint8_t { Progress, Warning };

/// Where progress, timing and warnings go; silent by default. Errors are never only logged.
/// `message` lives during the call only. Called on the thread that called the library.
struct Log {
  void (*write)(void* user, Severity severity, std::string_view message) = nullptr;
  void* user = nullptr;
};

}  // namespace tilewright
