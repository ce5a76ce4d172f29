// SPDX-License-Identifier: Apache-2.0
// Compiles graphs and runs them in sessions, for tests: what fails here fails the test.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tilewright/session.h"

#include "lib/compilation.h"
#include "lib/graph/graph.h"
#include "tests/lib/graph_interpreter.h"

namespace tilewright::tests {

using Bytes = std::vector<std::byte>;
using graph::tests::Elements;

[[nodiscard]] Model model_of(graph::Graph graph);

[[nodiscard]] Compilation compiled(const graph::Graph& graph, const CompileOptions& options = {});

/// The session made of `plan`.
[[nodiscard]] Session session_of(const Plan& plan, const SessionOptions& options = {});

/// Writes `inputs` into the session's own, in their order.
void write_inputs(Session& session, const Plan& plan, std::span<const Elements> inputs);

/// The elements of an output.
[[nodiscard]] std::vector<float> floats_of(const TensorView& view);

/// The bytes of the session's outputs, in their order.
[[nodiscard]] std::vector<Bytes> read_outputs(const Session& session, const Plan& plan);

/// The outputs of one run in a session of its own.
[[nodiscard]] std::vector<Bytes> outputs_of(const Plan& plan, std::span<const Elements> inputs,
                                            const SessionOptions& options = {});

/// Checks that the compiled graph gives what its interpreter gives.
void check_outputs(const graph::Graph& graph, const Compilation& compilation,
                   double tolerance = 1e-4);

/// conv 3x3, pool, conv 1x1 with a residual, concat, mean, fully connected, softmax: 8x8x3 to 10.
[[nodiscard]] graph::Graph small_network();

/// Four convolutions of 40x40x24: enough work that every step is worth sharing.
[[nodiscard]] graph::Graph heavy_network();

/// Two 1x1 convolutions of one pixel and a fully connected layer: much work, one row.
[[nodiscard]] graph::Graph one_pixel_network();

}  // namespace tilewright::tests
