// SPDX-License-Identifier: Apache-2.0
#include "runtime/cpu_features.h"

namespace tilewright::runtime {

Isa best_isa() {
  const IsaMask mask = supported_isas();
  for (const Isa isa : {Isa::Arm64Dotprod, Isa::Arm64Neon, Isa::X86Avx512Vnni, Isa::X86Avx512,
                        Isa::X86Avx2, Isa::X86Baseline}) {
    if ((mask & bit(isa)) != 0) return isa;
  }
  return Isa::Portable;
}

IsaMask isas_up_to(Isa cap) {
  const IsaMask at_or_below = (bit(cap) << 1) - 1;
  return supported_isas() & at_or_below;
}

}  // namespace tilewright::runtime
