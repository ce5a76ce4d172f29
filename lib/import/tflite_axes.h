// SPDX-License-Identifier: Apache-2.0
// Axes and shapes as operands give them: negative axes count from the end, -1 in a shape is what
// is left.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lib/import/tflite_operator.h"

namespace tilewright::importer::tflite {

/// 0 <= result < rank. Errors: InvalidModel, naming `role`.
[[nodiscard]] Result<int> read_axis(const OperatorReader& op, std::string_view role,
                                    std::int64_t axis, int rank);

/// The same for one element of an operand or option list, as bits.
[[nodiscard]] Result<std::uint32_t> read_axes(const OperatorReader& op, std::string_view role,
                                              std::span<const std::int64_t> axes, int rank);

/// The shape of `elements` elements that `extents` tells; one of them may be -1. Errors: as shapes
/// that do not fit.
[[nodiscard]] Result<Shape> read_target_shape(const OperatorReader& op,
                                              std::span<const std::int64_t> extents,
                                              std::int64_t elements);

/// `shape` without the dimensions whose bit is set.
[[nodiscard]] Shape without_axes(const Shape& shape, std::uint32_t axes);

/// `shape` with an extent of 1 before dimension `axis`. The rank must be below kMaxRank.
[[nodiscard]] Shape with_axis(const Shape& shape, int axis);

}  // namespace tilewright::importer::tflite
