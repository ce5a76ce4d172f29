// SPDX-License-Identifier: Apache-2.0
// Whole files: read, mapped, and replaced in one step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tilewright/status.h"

namespace tilewright::runtime {

/// Reads a regular file of at most `max_bytes`.
/// Errors: NotFound; IoError, with the machine's reason; ResourceExhausted, if it is larger.
[[nodiscard]] Result<std::vector<std::byte>> read_file(const std::string& path,
                                                       std::int64_t max_bytes);

/// A file in memory, page by page as it is read. The bytes live as long as `owner`; the file must
/// not change meanwhile.
struct MappedFile {
  std::shared_ptr<const void> owner;  // the mapping; whoever holds bytes of it shares it
  std::span<const std::byte> bytes;   // at a page boundary
};

/// Maps a regular file of at most `max_bytes` for reading. Errors: those of `read_file`.
[[nodiscard]] Result<MappedFile> map_file(const std::string& path, std::int64_t max_bytes);

/// Replaces the file at `path` by `bytes`: readers see the old file or the new one, never a part.
/// The new one is on the disk before it takes the name; a link stays a link to the new file.
/// Errors: IoError, also for what is no regular file; the old file is then as it was and nothing
/// else is left behind.
[[nodiscard]] Status write_file(const std::string& path, std::span<const std::byte> bytes);

}  // namespace tilewright::runtime
