// SPDX-License-Identifier: Apache-2.0
// A graph as text that people read: in tests, in `inspect`, in the documentation.
//
//   input %0 'image': float32 1x32x32x3
//   %3 'stem': float32 1x16x16x8 = conv2d(%0, const 1 8x3x3x3, const 2 8) window.stride_h=2 ...
//   output %3
#pragma once

#include <string>

#include "tilewright/ops.h"

#include "lib/graph/graph.h"

namespace tilewright::graph {

/// The attributes of `op` that are not at their default, and its own enums always:
/// ` kind=max kernel_h=2`. Lists with a value per dimension are cut to `rank`.
[[nodiscard]] std::string print_attributes(const Op& op, int rank);

/// One line per input, node and output, in execution order. A value is `%id`. A constant is
/// `const id` with its shape, its dtype if that is not float32, and its elements in brackets if
/// they are few.
[[nodiscard]] std::string print(const Graph& graph);

/// One line of that text, without its end.
[[nodiscard]] std::string print(const Graph& graph, const Node& node);

}  // namespace tilewright::graph
