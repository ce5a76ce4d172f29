// SPDX-License-Identifier: Apache-2.0
// NASNet-A at ImageNet size as a problem: the graph that separates exact search from heuristics.
#pragma once

#include "scheduler/problem.h"

namespace tilewright::scheduler {

struct NasnetShape {
  int normal_cells = 4;  // in each of three stacks
  int filters = 11;      // of the first stack; doubled at each reduction
};

/// One byte per value, 224x224x3 in. A separable convolution is relu, depthwise, pointwise, twice;
/// relu and add may run in place.
/// Source: Zoph, Vasudevan, Shlens, Le, Learning Transferable Architectures for Scalable Image
/// Recognition, CVPR 2018, figure 4.
[[nodiscard]] Problem nasnet_problem(const NasnetShape& shape);

}  // namespace tilewright::scheduler
