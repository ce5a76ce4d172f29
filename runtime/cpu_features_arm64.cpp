// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <fstream>
#include <string>

#include "runtime/cpu_features.h"

namespace tilewright::runtime {

IsaMask supported_isas() {
  return bit(Isa::Portable) | bit(Isa::Arm64Neon);
}

std::string cpu_fingerprint() {
  // MIDR_EL1: implementer, variant, part and revision of the first core.
  std::ifstream file("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1");
  std::string midr = "unknown";
  if (file) std::getline(file, midr);
  return "arm64-" + midr;
}

}  // namespace tilewright::runtime
