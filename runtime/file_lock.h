// SPDX-License-Identifier: Apache-2.0
// Locks between processes. They end with their owner, however that ends.
#pragma once

#include <cstdint>
#include <string>

#include "tilewright/status.h"

namespace tilewright::runtime {

/// A lock of a folder or file, held while the value lives. Also keeps out other locks of this
/// process.
class FileLock {
 public:
  /// Locks the folder that the file at `path` is in, or will be: nothing is left beside the file,
  /// and the file itself may be replaced meanwhile. Waits for at most `wait_ms`.
  /// Errors: ResourceExhausted, if others held it all the time; NotFound and IoError, where there
  /// is no such folder or it cannot be locked.
  [[nodiscard]] static Result<FileLock> of_folder(const std::string& path, std::int64_t wait_ms);

  /// Locks an open file, which it then owns, at once or not at all. Errors: as above.
  [[nodiscard]] static Result<FileLock> of_descriptor(int descriptor, const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

/// The folder part of `path`, ending in a slash; `./` if it has none. Links are followed if they
/// lead to a file.
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace tilewright::runtime
