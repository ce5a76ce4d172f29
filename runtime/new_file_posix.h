// SPDX-License-Identifier: Apache-2.0
// What it takes to write a new file that then takes the name of another.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "tilewright/status.h"

namespace tilewright::runtime {

/// Added to a file's name for `mkstemp`.
inline constexpr char kTemporarySuffix[] = ".XXXXXX";

/// The file that `path` leads to, so that links stay links; `path` itself if there is none yet.
/// Errors: IoError, for what is no regular file.
[[nodiscard]] Result<std::string> file_to_replace(const std::string& path);

/// The permissions that any new file of this process would get; `mkstemp` makes files private.
[[nodiscard]] unsigned new_file_permissions();

/// Writes all bytes; false, with `errno`, if that failed.
[[nodiscard]] bool write_all(int fd, std::span<const std::byte> bytes);

}  // namespace tilewright::runtime
