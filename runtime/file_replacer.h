// SPDX-License-Identifier: Apache-2.0
// Replaces one file again and again, without allocating.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tilewright/status.h"

namespace tilewright::runtime {

class FileReplacer {
 public:
  /// Looks at the file at `path`, which need not exist. Errors: IoError, for what is no regular
  /// file.
  [[nodiscard]] static Result<FileReplacer> prepare(const std::string& path);

  /// Whether nobody else has replaced or written the file since `prepare` or the last `replace`.
  [[nodiscard]] bool is_untouched() const;

  /// Replaces the file by `bytes`: readers see the old file or the new one, never a part, also if
  /// the process is killed meanwhile. Unlike `write_file` it does not wait for the disk. False, if
  /// that failed; the old file is then as it was.
  bool replace(std::span<const std::byte> bytes);

 private:
  /// Tells versions of a file apart; all zero: no file.
  struct Version {
    std::uint64_t inode = 0;
    std::int64_t size_bytes = 0;
    std::int64_t changed_ns = 0;

    friend bool operator==(const Version&, const Version&) = default;
  };
  [[nodiscard]] static Version version_of(const char* path);

  std::string target_;     // behind links
  std::string temporary_;  // as long as the name of the file that is written first
  std::uint32_t permissions_ = 0;
  Version version_;
};

}  // namespace tilewright::runtime
