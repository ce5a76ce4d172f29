// SPDX-License-Identifier: Apache-2.0
#include "lib/dot_peak.h"

#include "lib/fma_peak.h"

namespace tilewright {

double dot_peak_gops(runtime::IsaMask isas) {
  const std::vector<DotPeak> peaks = dot_peaks(isas);
  if (peaks.empty()) return 0;
  const DotPeak& best = peaks.back();
  volatile std::int32_t sink = 0;
  const double seconds = shortest_seconds([&] { sink = best.spin(); });
  static_cast<void>(sink);
  return best.operations() / seconds * 1e-9;
}

}  // namespace tilewright
