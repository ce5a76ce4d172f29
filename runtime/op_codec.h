// SPDX-License-Identifier: Apache-2.0
// Ops, shapes and specs as bytes, for the plan file and the model file.
#pragma once

#include "tilewright/ops.h"
#include "tilewright/tensor.h"

#include "runtime/bytes.h"

namespace tilewright::runtime {

// What an op's bytes mean; raised whenever ops.h or op_fields.h change. Files of another version
// are refused.
inline constexpr std::uint32_t kOpCodecVersion = 1;

void put_op(ByteWriter& writer, const Op& op);
void put_shape(ByteWriter& writer, const Shape& shape);
void put_spec(ByteWriter& writer, const TensorSpec& spec);

/// These mark the reader as failed for what no writer writes; an op's attributes are in range for
/// their types only: `kernels::infer_output` judges them.
[[nodiscard]] Op get_op(ByteReader& reader);
[[nodiscard]] Shape get_shape(ByteReader& reader);
[[nodiscard]] TensorSpec get_spec(ByteReader& reader);

}  // namespace tilewright::runtime
