// SPDX-License-Identifier: Apache-2.0
// What the system says of memory that it has mapped.
#pragma once

#include <cstdint>
#include <optional>

namespace tilewright::runtime {

struct MemoryMapping {
  std::int64_t resident_bytes = 0;
  std::int64_t large_page_bytes = 0;  // of them, of memory without a file
  bool asks_for_large_pages = false;
};

[[nodiscard]] bool system_has_large_pages();

/// The mapping that holds `memory`; none where the system does not tell.
[[nodiscard]] std::optional<MemoryMapping> mapping_of(const void* memory);

}  // namespace tilewright::runtime
