// SPDX-License-Identifier: Apache-2.0
// Denormal numbers cost a hundred cycles each on some CPUs and carry nothing: they are zero while a
// plan runs.
#pragma once

#include <cstdint>

namespace tilewright::runtime {

/// Flushes denormal results and inputs to zero on this thread until destroyed; then the old mode is
/// back.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  std::uint64_t saved_mode_ = 0;
};

}  // namespace tilewright::runtime
