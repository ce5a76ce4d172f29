// SPDX-License-Identifier: Apache-2.0
// The most bytes a core loads: vector loads that wait for nothing.
#pragma once

#include <cstddef>
#include <span>

#include "tilewright/platform.h"

namespace tilewright {

/// Loads all of `bytes`, a multiple of 512 aligned to 64, in the widest vectors of `isa`, which the
/// machine must have.
void read_vectors(Isa isa, std::span<const std::byte> bytes);

}  // namespace tilewright
