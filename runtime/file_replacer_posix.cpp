// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/file_replacer.h"
#include "runtime/new_file_posix.h"

namespace tilewright::runtime {

FileReplacer::Version FileReplacer::version_of(const char* path) {
  struct stat status{};
  if (::stat(path, &status) != 0) return {};
  return {status.st_ino, status.st_size,
          std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec};
}

Result<FileReplacer> FileReplacer::prepare(const std::string& path) {
  FileReplacer replacer;
  TILEWRIGHT_TRY(replacer.target_, file_to_replace(path));
  replacer.temporary_ = replacer.target_ + kTemporarySuffix;
  replacer.permissions_ = new_file_permissions();
  replacer.version_ = version_of(replacer.target_.c_str());
  return replacer;
}

bool FileReplacer::is_untouched() const {
  return version_of(target_.c_str()) == version_;
}

bool FileReplacer::replace(std::span<const std::byte> bytes) {
  std::memcpy(temporary_.data() + target_.size(), kTemporarySuffix, sizeof kTemporarySuffix - 1);
  const int fd = ::mkstemp(temporary_.data());
  if (fd < 0) return false;
  const bool is_written = ::fchmod(fd, permissions_) == 0 && write_all(fd, bytes);
  const bool is_closed = ::close(fd) == 0;
  if (is_written && is_closed && std::rename(temporary_.c_str(), target_.c_str()) == 0) {
    version_ = version_of(target_.c_str());
    return true;
  }
  ::unlink(temporary_.c_str());
  return false;
}

}  // namespace tilewright::runtime
