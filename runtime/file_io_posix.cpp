// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "runtime/file_io.h"
#include "runtime/large_pages.h"
#include "runtime/new_file_posix.h"

namespace tilewright::runtime {
namespace {

Error io_error(const std::string& what, const std::string& path) {
  const int reason = errno;
  const ErrorCode code = reason == ENOENT ? ErrorCode::NotFound : ErrorCode::IoError;
  return Error{code, what + " '" + path + "': " + std::strerror(reason)};
}

/// Missing folders included: nothing was looked for.
Error write_error(const std::string& path) {
  Error error = io_error("write", path);
  error.code = ErrorCode::IoError;
  return error;
}

/// A file descriptor, closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  /// Closes now and says whether that worked: a full disk may only show here.
  [[nodiscard]] bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

struct OpenFile {
  Descriptor descriptor;
  std::int64_t size_bytes;
};

Result<OpenFile> open_regular(const std::string& path, std::int64_t max_bytes) {
  // Without O_NONBLOCK a pipe without a writer would hold us here for ever.
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) return io_error("open", path);
  struct stat status{};
  if (::fstat(descriptor.get(), &status) != 0) return io_error("stat", path);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::IoError, "open '" + path + "': expected a regular file"};
  }
  if (status.st_size > max_bytes) {
    return Error{ErrorCode::ResourceExhausted, "open '" + path + "': expected at most " +
                                                   std::to_string(max_bytes) + " bytes, got " +
                                                   std::to_string(status.st_size)};
  }
  return OpenFile{std::move(descriptor), status.st_size};
}

/// Makes the rename itself durable; not every file system can, so a failure is not one of ours.
void sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) ::fsync(descriptor.get());
}

}  // namespace

Result<std::vector<std::byte>> read_file(const std::string& path, std::int64_t max_bytes) {
  TILEWRIGHT_TRY(const OpenFile file, open_regular(path, max_bytes));
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.size_bytes));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(file.descriptor.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("read", path);
    if (got == 0) break;  // the file was cut while we read
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

Result<MappedFile> map_file(const std::string& path, std::int64_t max_bytes) {
  TILEWRIGHT_TRY(const OpenFile file, open_regular(path, max_bytes));
  const auto size = static_cast<std::size_t>(file.size_bytes);
  if (size == 0) return MappedFile{};
  void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor.get(), 0);
  if (memory == MAP_FAILED) return io_error("map", path);
  ask_for_large_pages(memory, size);
  std::shared_ptr<const void> owner(
      memory, [size](const void* mapped) { ::munmap(const_cast<void*>(mapped), size); });
  return MappedFile{std::move(owner), {static_cast<const std::byte*>(memory), size}};
}

Status write_file(const std::string& path, std::span<const std::byte> bytes) {
  TILEWRIGHT_TRY(const std::string target, file_to_replace(path));
  std::string temporary = target + kTemporarySuffix;
  Descriptor descriptor(::mkstemp(temporary.data()));
  if (descriptor.get() < 0) return write_error(path);
  const bool complete = ::fchmod(descriptor.get(), new_file_permissions()) == 0 &&
                        write_all(descriptor.get(), bytes) && ::fsync(descriptor.get()) == 0 &&
                        descriptor.close() && std::rename(temporary.c_str(), target.c_str()) == 0;
  if (!complete) {
    Error error = write_error(path);
    ::unlink(temporary.c_str());
    return error;
  }
  sync_folder_of(target);
  return ok();
}

}  // namespace tilewright::runtime
