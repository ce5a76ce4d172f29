// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <fstream>
#include <string>

#include "runtime/cpu_features.h"
#include "runtime/dot_products.h"

namespace tilewright::runtime {

IsaMask supported_isas() {
  const IsaMask mask = bit(Isa::Portable) | bit(Isa::Arm64Neon);
  return has_dot_products() ? mask | bit(Isa::Arm64Dotprod) : mask;
}

std::string cpu_fingerprint() {
  // MIDR_EL1: implementer, variant, part and revision of the first core.
  std::ifstream file("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1");
  std::string midr = "unknown";
  if (file) std::getline(file, midr);
  return "arm64-" + midr;
}

}  // namespace tilewright::runtime
