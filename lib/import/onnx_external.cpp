// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_external.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "lib/import/import.h"
#include "runtime/file_io.h"

namespace tilewright::importer::onnx {
namespace {

namespace fs = std::filesystem;

struct ExternalRange {
  std::string location;
  std::int64_t offset_bytes = 0;
  std::optional<std::int64_t> length_bytes;
};

Error broken(ErrorCode code, std::string_view where, const std::string& what) {
  return {code, "onnx: " + std::string(where) + ": external data: " + what};
}

Result<std::int64_t> parse_bytes(const StringPair& entry, std::string_view where) {
  std::int64_t value = 0;
  const char* end = entry.value.data() + entry.value.size();
  const auto [stop, error] = std::from_chars(entry.value.data(), end, value);
  if (error != std::errc{} || stop != end || value < 0) {
    return broken(ErrorCode::InvalidModel, where,
                  "expected a number of bytes as " + entry.key + ", got '" + entry.value + "'");
  }
  return value;
}

Result<ExternalRange> parse(const std::vector<StringPair>& entries, std::string_view where) {
  ExternalRange range;
  for (const StringPair& entry : entries) {
    if (entry.key == "location") range.location = entry.value;
    if (entry.key == "offset") {
      TILEWRIGHT_TRY(range.offset_bytes, parse_bytes(entry, where));
    }
    if (entry.key == "length") {
      TILEWRIGHT_TRY(range.length_bytes, parse_bytes(entry, where));
    }
  }
  return range;
}

/// Whether `path` is `folder` or below it; both canonical.
bool is_below(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

Result<fs::path> resolve(const std::string& location, const std::string& folder,
                         std::string_view where) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) {
    return broken(ErrorCode::NotFound, where, "expected the folder '" + folder + "' to exist");
  }
  fs::path path = fs::canonical(root / location, error);
  if (error) {
    return broken(ErrorCode::NotFound, where,
                  "expected the file '" + location + "' in the model's folder, got none");
  }
  if (!is_below(path, root)) {
    return broken(
        ErrorCode::InvalidModel, where,
        "expected a file below the model's folder, got a link out of it: '" + location + "'");
  }
  return path;
}

Status check_range(const ExternalRange& range, std::size_t file_bytes, std::int64_t size_bytes,
                   std::string_view where) {
  if (range.length_bytes.value_or(size_bytes) != size_bytes) {
    return broken(ErrorCode::InvalidModel, where,
                  "expected length " + std::to_string(size_bytes) + ", got " +
                      std::to_string(*range.length_bytes));
  }
  const auto offset_bytes = static_cast<std::size_t>(range.offset_bytes);
  if (offset_bytes > file_bytes ||
      static_cast<std::size_t>(size_bytes) > file_bytes - offset_bytes) {
    return broken(ErrorCode::InvalidModel, where,
                  "expected " + std::to_string(size_bytes) + " bytes at offset " +
                      std::to_string(range.offset_bytes) + " of '" + range.location + "', got " +
                      std::to_string(file_bytes) + " in all");
  }
  return ok();
}

}  // namespace

Status check_external_path(const std::vector<StringPair>& entries, std::string_view where) {
  TILEWRIGHT_TRY(const ExternalRange range, parse(entries, where));
  const fs::path path(range.location);
  if (range.location.empty() || range.location.find('\0') != std::string::npos ||
      path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end()) {
    return broken(ErrorCode::InvalidModel, where,
                  "expected a location below the model's folder, got '" + range.location + "'");
  }
  return ok();
}

Result<std::vector<std::byte>> read_external(const std::vector<StringPair>& entries,
                                             const std::string& folder, std::int64_t size_bytes,
                                             std::string_view where) {
  TILEWRIGHT_TRY(const ExternalRange range, parse(entries, where));
  if (folder.empty()) {
    return broken(ErrorCode::InvalidModel, where,
                  "expected a model read from a path, got one from memory, which has no folder");
  }
  TILEWRIGHT_TRY(const fs::path path, resolve(range.location, folder, where));
  const Result<runtime::MappedFile> file = runtime::map_file(path.string(), kMaxModelBytes);
  if (!file) return broken(file.error().code, where, file.error().message);
  TILEWRIGHT_RETURN_IF_ERROR(check_range(range, file->bytes.size(), size_bytes, where));
  const auto part = file->bytes.subspan(static_cast<std::size_t>(range.offset_bytes),
                                        static_cast<std::size_t>(size_bytes));
  return std::vector<std::byte>(part.begin(), part.end());
}

}  // namespace tilewright::importer::onnx
