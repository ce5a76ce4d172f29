// SPDX-License-Identifier: Apache-2.0
// Which instruction sets this machine can run: the CPU has them and the operating system saves
// their registers.
#pragma once

#include <cstdint>
#include <string>

#include "tilewright/platform.h"

namespace tilewright::runtime {

/// A set of Isa values, one bit each.
using IsaMask = std::uint32_t;
[[nodiscard]] constexpr IsaMask bit(Isa isa) {
  return IsaMask{1} << static_cast<unsigned>(isa);
}

/// The instruction sets of this machine; always Portable and the baseline of the architecture.
[[nodiscard]] IsaMask supported_isas();

/// The best of them.
[[nodiscard]] Isa best_isa();

/// Of the machine's instruction sets, those up to `cap` in the order of Isa.
[[nodiscard]] IsaMask isas_up_to(Isa cap);

/// Names this kind of CPU for the tuning cache: vendor, family, model, stepping (x86) or
/// implementer and part (arm64), and the supported sets, but for those of sums of products, which
/// come with the model. The same on every machine with the same CPU.
[[nodiscard]] std::string cpu_fingerprint();

}  // namespace tilewright::runtime
