// SPDX-License-Identifier: Apache-2.0
#include "runtime/new_file_posix.h"

#include <cerrno>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace tilewright::runtime {

Result<std::string> file_to_replace(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return Error{ErrorCode::IoError, "write '" + path + "': expected a regular file"};
  }
  char* const found = ::realpath(path.c_str(), nullptr);
  if (found == nullptr) return path;
  std::string target = found;
  std::free(found);
  return target;
}

unsigned new_file_permissions() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace tilewright::runtime
