// SPDX-License-Identifier: Apache-2.0
// Counts what the process asks of the heap, on all its threads.
#pragma once

#include <cstdint>

namespace tilewright::tests {

/// Whether the heap can be watched in this build; sanitizers bring their own.
[[nodiscard]] bool can_count_allocations();

/// Calls of malloc, calloc, realloc, aligned_alloc and their kin so far; operator new calls them.
[[nodiscard]] std::int64_t allocation_count();

}  // namespace tilewright::tests
