// SPDX-License-Identifier: Apache-2.0
// Prefetches of weights, put into the innermost loop of a reduction. Halide's own directive asks
// for whole boxes, line by line in a loop of its own, and for one use only.
#pragma once

#include <string>

#include <Halide.h>

namespace tilewright::kernels::generators {

struct Prefetches {
  int steps = 0;  // of the innermost loop
  bool next_panel = false;
};

/// `body` with prefetches of "weights", an input of float32, in the innermost loops that read it by
/// whole vectors: of each cache line they read, as it is so many steps further on; and, of the dot
/// kernel, of the panel behind the one in use, a part in each of the tiles that meet it, so that it
/// arrives while they compute.
Halide::Internal::Stmt with_prefetches(const Halide::Internal::Stmt& body,
                                       const Prefetches& prefetches);

/// The assembly of an x86 with prefetches into all levels of the cache: Halide's are for data used
/// once, which pass by the second level.
std::string with_kept_prefetches(std::string assembly);

}  // namespace tilewright::kernels::generators
