// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "runtime/file_lock.h"

namespace tilewright::runtime {
namespace {

constexpr std::chrono::milliseconds kPollInterval{2};

Error lock_error(const std::string& path) {
  const int reason = errno;
  ErrorCode code = ErrorCode::IoError;
  if (reason == ENOENT) code = ErrorCode::NotFound;
  if (reason == EWOULDBLOCK) code = ErrorCode::ResourceExhausted;
  return Error{code, "lock '" + path + "': " + std::strerror(reason)};
}

}  // namespace

std::string folder_of(const std::string& path) {
  char* const found = ::realpath(path.c_str(), nullptr);
  const std::string target = found == nullptr ? path : found;
  std::free(found);
  const std::size_t slash = target.rfind('/');
  return slash == std::string::npos ? "./" : target.substr(0, slash + 1);
}

Result<FileLock> FileLock::of_folder(const std::string& path, std::int64_t wait_ms) {
  const std::string folder = folder_of(path);
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return lock_error(folder);
  FileLock lock(descriptor);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const bool may_wait = errno == EINTR || errno == EWOULDBLOCK;
    if (!may_wait || std::chrono::steady_clock::now() >= give_up) return lock_error(folder);
    std::this_thread::sleep_for(kPollInterval);
  }
  return lock;
}

Result<FileLock> FileLock::of_descriptor(int descriptor, const std::string& path) {
  FileLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) return lock_error(path);
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tilewright::runtime
