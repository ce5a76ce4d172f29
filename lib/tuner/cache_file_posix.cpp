// SPDX-License-Identifier: Apache-2.0
// The cache on disk, with POSIX calls: streams cannot say that bytes have reached the disk.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "lib/tuner/cache.h"

namespace tilewright::tuner {
namespace {

/// A file descriptor that closes itself.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Whether closing went well; errors of delayed writes show up here.
  bool close() {
    const int descriptor = std::exchange(descriptor_, -1);
    return descriptor < 0 || ::close(descriptor) == 0;
  }

 private:
  int descriptor_;
};

std::string reason() {
  return std::strerror(errno);
}

Error io_error(const std::string& path, const std::string& expected) {
  return Error{ErrorCode::IoError,
               "tuning cache '" + path + "': expected to " + expected + ", got: " + reason()};
}

/// At most one byte more than the limit, so that the parser sees that it is exceeded.
Result<std::string> read_all(const File& file, std::size_t expected_bytes,
                             const std::string& path) {
  std::string text(std::min(expected_bytes, kMaxCacheBytes) + 1, '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t count = ::read(file.descriptor(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error(path, "read it");
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  text.resize(used);
  return text;
}

Status write_all(const File& file, const std::string& text, const std::string& path) {
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t count = ::write(file.descriptor(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error(path, "write beside it");
    used += static_cast<std::size_t>(count);
  }
  return ok();
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Makes the rename itself durable. A folder that cannot be opened or synced has done what it can.
void sync_folder(const std::string& path) {
  const File folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open()) static_cast<void>(::fsync(folder.descriptor()));
}

Status write_durably(File& file, const std::string& text, const std::string& path) {
  constexpr mode_t kReadableByAll = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
  TILEWRIGHT_RETURN_IF_ERROR(write_all(file, text, path));
  if (::fchmod(file.descriptor(), kReadableByAll) != 0)
    return io_error(path, "set its permissions");
  if (::fsync(file.descriptor()) != 0) return io_error(path, "bring it to the disk");
  if (!file.close()) return io_error(path, "close it");
  return ok();
}

Status replace_file(const std::string& path, const std::string& text) {
  std::string temporary = path + ".XXXXXX";
  File file(::mkstemp(temporary.data()));
  if (!file.is_open()) return io_error(path, "create a file beside it");
  Status written = write_durably(file, text, path);
  if (written && std::rename(temporary.c_str(), path.c_str()) != 0) {
    written = io_error(path, "replace it");
  }
  if (!written) {
    static_cast<void>(::unlink(temporary.c_str()));
    return written;
  }
  sync_folder(path);
  return ok();
}

}  // namespace

LoadedCache load_cache(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    if (errno == ENOENT) return {};
    return {.cache = {}, .warning = io_error(path, "open it").message};
  }
  struct stat status{};
  if (::fstat(file.descriptor(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return {.cache = {},
            .warning = "tuning cache '" + path + "': expected a file, got something else"};
  }
  const Result<std::string> text = read_all(file, static_cast<std::size_t>(status.st_size), path);
  if (!text) return {.cache = {}, .warning = text.error().message};
  LoadedCache loaded = parse_cache(*text);
  if (loaded.warning) *loaded.warning += " (" + path + ")";
  return loaded;
}

Status save_cache(const TuningCache& cache, const std::string& path) {
  TuningCache merged = cache;
  merge_cache(merged, load_cache(path).cache);
  std::string text = format_cache(merged);
  const auto fits = [&] {
    return text.size() <= kMaxCacheBytes && merged.size() <= kMaxCacheEntries;
  };
  if (!fits()) {
    // A file that is full of other entries starts afresh.
    merged = cache;
    text = format_cache(merged);
  }
  if (!fits()) {
    return Error{ErrorCode::ResourceExhausted, "tuning cache '" + path + "': expected at most " +
                                                   std::to_string(kMaxCacheEntries) +
                                                   " entries in " + std::to_string(kMaxCacheBytes) +
                                                   " bytes, got " + std::to_string(merged.size()) +
                                                   " in " + std::to_string(text.size())};
  }
  return replace_file(path, text);
}

}  // namespace tilewright::tuner
