// SPDX-License-Identifier: Apache-2.0
// Inputs of no meaning, for programs that measure time.
#pragma once

#include <cstddef>

#include "tilewright/session.h"

namespace tilewright::tool {

/// Fills the `count` inputs of `session` with seeded numbers in (-1, 1); integers with zeros.
/// Outside all timing, before each run: a run may overwrite them.
void fill_inputs(Session& session, std::size_t count);

}  // namespace tilewright::tool
