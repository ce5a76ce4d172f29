// SPDX-License-Identifier: Apache-2.0
// Finds the fastest kernel and configuration of a layer, and times it beside the machine's peak.
#pragma once

#include "bench/kernel_layers.h"
#include "kernels/kernel.h"

namespace tilewright::bench {

struct SweepResult {
  std::string kernel;
  kernels::KernelConfig config;
  double seconds = 0;       // least of all runs
  double flops = 0;         // of one run
  double peak_flops = 0;    // per second, of the kernel's instruction set, measured in between
  double bytes = 0;         // inputs, constants and outputs
  double copy_seconds = 0;  // least time to copy as many bytes, measured in between

  [[nodiscard]] double peak_fraction() const { return flops / seconds / peak_flops; }
  /// Against the longer of computing at peak and moving the bytes once.
  [[nodiscard]] double roofline_fraction() const;
};

/// Tries every kernel of the instruction sets up to `cap` whose name contains `filter`. Aborts if
/// none supports the layer.
[[nodiscard]] SweepResult sweep(const Layer& layer, Isa cap, const std::string& filter);

}  // namespace tilewright::bench
