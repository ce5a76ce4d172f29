// SPDX-License-Identifier: Apache-2.0
// What a process lacks that has just begun: pages, and caches that know its work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tilewright::tool {

/// Pages that the system gave this process so far as it touched them; none had to be read from a
/// disk.
[[nodiscard]] std::int64_t page_faults();

/// Reads one byte of each page.
void read_pages(std::span<const std::byte> bytes);

/// The machine code of this program, that of shared libraries apart; empty if the system does not
/// tell.
[[nodiscard]] std::span<const std::byte> program_code();

/// Reads and writes so much other memory that no cache holds anything else.
void evict_caches();

}  // namespace tilewright::tool
