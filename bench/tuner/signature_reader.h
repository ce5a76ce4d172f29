// SPDX-License-Identifier: Apache-2.0
// Reads back what `signature` wrote of an op, so that a recorded table needs no model.
#pragma once

#include <string>

#include "tilewright/status.h"

#include "lib/lowering.h"

namespace tilewright::bench {

/// The op with its operands; constants have no bytes, names are empty.
///
/// Errors: InvalidArgument, with the part that could not be read.
[[nodiscard]] Result<ProgramOp> read_signature(const std::string& text);

}  // namespace tilewright::bench
