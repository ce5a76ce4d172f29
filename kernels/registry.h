// SPDX-License-Identifier: Apache-2.0
// All kernels of this build. Each family contributes a table; nothing registers itself at start-up.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Every kernel of the build, of all families and instruction sets, in a fixed order.
[[nodiscard]] std::vector<const Kernel*> all();

/// The kernel of this name; null if this build has none.
[[nodiscard]] const Kernel* find(std::string_view name);

/// The plain-loop kernel that defines what `op` computes: the oracle, and the last resort on any
/// machine. Null if the op has no kernel for this call's dtypes.
[[nodiscard]] const Kernel* reference(const Call& call);

/// A hash over the names of all kernels: tuning results of another build are only hints.
[[nodiscard]] std::uint64_t build_hash();

}  // namespace tilewright::kernels
