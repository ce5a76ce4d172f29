// SPDX-License-Identifier: Apache-2.0
// Instruction sets of this machine, capped and named.
#include "runtime/cpu_features.h"

#include <cstdlib>

#include <catch2/catch_test_macros.hpp>

namespace tilewright::runtime {

TEST_CASE("the best instruction set has all of the machine's below it") {
  CHECK((supported_isas() & bit(best_isa())) != 0);
  CHECK(isas_up_to(best_isa()) == supported_isas());
}

TEST_CASE("a cap leaves out what is above it, of the same processor") {
  const IsaMask none_of_products = ~(bit(Isa::X86Avx512Vnni) | bit(Isa::Arm64Dotprod));
  for (const Isa cap : {Isa::X86Avx512, Isa::Arm64Neon})
    CHECK((isas_up_to(cap) & ~none_of_products) == 0);
  CHECK(isas_up_to(Isa::X86Avx512Vnni) == (supported_isas() & ~bit(Isa::Arm64Dotprod)));
  if ((supported_isas() & bit(Isa::X86Avx512Vnni)) != 0)
    CHECK((supported_isas() & bit(Isa::X86Avx512)) != 0);
  CHECK(isas_up_to(Isa::Portable) == bit(Isa::Portable));
}

TEST_CASE("the name of a CPU in caches is that of builds without sets for sums of products") {
  const std::string name = cpu_fingerprint();
  const std::size_t at = name.rfind("-isa");
  if (at == std::string::npos) SKIP("this processor is named without its sets");
  const auto sets = static_cast<IsaMask>(std::strtoul(name.c_str() + at + 4, nullptr, 16));
  CHECK(sets == isas_up_to(Isa::X86Avx512));
}

}  // namespace tilewright::runtime
