// SPDX-License-Identifier: Apache-2.0
// Large pages of the system, for memory and for files.
#pragma once

#include <cstddef>

namespace tilewright::runtime {

/// Asks for large pages of what has just been mapped to `memory`, before anything of it is touched.
/// A file that is not in the page cache then comes in large pieces too, of which this process and
/// the next ones are given all pages at once. Nothing happens where the system has none.
void ask_for_large_pages(void* memory, std::size_t bytes);

}  // namespace tilewright::runtime
