// SPDX-License-Identifier: Apache-2.0
// Chains of ops with kernels, for tests of strips.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "lib/kernel_choice.h"
#include "lib/strip_groups.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {

struct ChosenProgram {
  Program program;
  std::vector<KernelChoice> choices;
};

/// A random chain of 2 to 5 ops on a random image: convolutions with and without residual,
/// depthwise and transposed convolutions, pools, resizes, padding, activations, softmaxes, products
/// with matrices, sums with a tensor from outside, whole or repeated; windows of 1 to 5 with
/// strides of 1 and 2, odd heights, up to 3 images; every op by a random one of its kernels.
[[nodiscard]] ChosenProgram random_chain(std::uint32_t seed);

/// The inverted residual block of MobileNetV2 on h x w x c: expand by `factor`, depthwise 3x3,
/// project and add.
[[nodiscard]] ChosenProgram inverted_residual(std::int64_t h, std::int64_t w, std::int64_t c,
                                              std::int64_t factor);

/// Attention: the softmax of q times k, by rows, times v; each of them 1 x heads x tokens x width.
[[nodiscard]] graph::Graph attention(std::int64_t heads, std::int64_t tokens, std::int64_t width);

/// The exact kernels of least analytic time.
[[nodiscard]] ChosenProgram with_default_kernels(const graph::Graph& graph);

}  // namespace tilewright::tests
