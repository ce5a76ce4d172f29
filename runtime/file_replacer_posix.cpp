// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/file_replacer.h"

namespace tilewright::runtime {
namespace {

constexpr char kSuffix[] = ".XXXXXX";

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

FileReplacer::Version FileReplacer::version_of(const char* path) {
  struct stat status{};
  if (::stat(path, &status) != 0) return {};
  return {status.st_ino, status.st_size,
          std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec};
}

Result<FileReplacer> FileReplacer::prepare(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return Error{ErrorCode::IoError, "write '" + path + "': expected a regular file"};
  }
  FileReplacer replacer;
  char* const found = ::realpath(path.c_str(), nullptr);
  replacer.target_ = found == nullptr ? path : std::string(found);
  std::free(found);
  replacer.temporary_ = replacer.target_ + kSuffix;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  replacer.permissions_ = 0666 & ~mask;
  replacer.version_ = version_of(replacer.target_.c_str());
  return replacer;
}

bool FileReplacer::is_untouched() const {
  return version_of(target_.c_str()) == version_;
}

bool FileReplacer::replace(std::span<const std::byte> bytes) {
  std::memcpy(temporary_.data() + target_.size(), kSuffix, sizeof kSuffix - 1);
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
