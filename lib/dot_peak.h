// SPDX-License-Identifier: Apache-2.0
// The most products of narrow integers that a core sums: chains of sums in registers.
#pragma once

#include <cstdint>
#include <vector>

#include "tilewright/platform.h"

#include "runtime/cpu_features.h"

namespace tilewright {

/// One way to sum products, that of the int8 kernels of an instruction set.
struct DotPeak {
  Isa isa;
  std::int32_t lanes;      // sums of 32 bits in a vector
  std::int32_t products;   // that a step adds to each
  double steps;            // of one call of `spin`
  std::int32_t (*spin)();  // independent chains; the result only keeps the work alive

  /// Multiplications and additions of one call of `spin`.
  [[nodiscard]] double operations() const { return 2.0 * lanes * products * steps; }
};

/// Those of `isas`, which the machine must have, the best last.
[[nodiscard]] std::vector<DotPeak> dot_peaks(runtime::IsaMask isas);

/// Operations per nanosecond of this core by the best of them: the best of some milliseconds; 0 if
/// there is none.
[[nodiscard]] double dot_peak_gops(runtime::IsaMask isas);

}  // namespace tilewright
