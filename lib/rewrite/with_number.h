// SPDX-License-Identifier: Apache-2.0
// Arithmetic of a value with one constant number: what spelled-out functions are made of.
#pragma once

#include <optional>

#include "lib/graph/graph.h"

namespace tilewright::rewriting {

/// A value and one constant number, joined by a Binary.
struct WithNumber {
  graph::ValueId x;
  float number;
  Activation activation;
};

/// The operands of `id`, if a Binary of this kind with one number makes it. For Div the number is
/// the divisor.
[[nodiscard]] std::optional<WithNumber> with_number(const graph::Graph& graph,
                                                    const graph::Uses& uses, BinaryKind kind,
                                                    graph::ValueId id);

/// Whether the two agree to five digits: files write constants in decimal.
[[nodiscard]] bool is_near(float value, float wanted);

/// The x of x * factor, or of x divided by its reciprocal.
[[nodiscard]] std::optional<graph::ValueId> multiplied_by(const graph::Graph& graph,
                                                          const graph::Uses& uses, float factor,
                                                          graph::ValueId id);

/// The x of x + number.
[[nodiscard]] std::optional<graph::ValueId> increased_by(const graph::Graph& graph,
                                                         const graph::Uses& uses, float number,
                                                         graph::ValueId id);

}  // namespace tilewright::rewriting
