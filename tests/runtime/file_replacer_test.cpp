// SPDX-License-Identifier: Apache-2.0
// A file that is replaced again and again, and may be replaced by others.
#include "runtime/file_replacer.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/tuner/temporary_folder.h"
#include "tests/runtime/allocation_count.h"

namespace tilewright::runtime {
namespace {

namespace fs = std::filesystem;

std::string read_all(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

TEST_CASE("a file is made, then replaced, without allocating, and nothing is left beside it") {
  const tuner::TemporaryFolder folder;
  const fs::path path = folder.path() / "file";
  auto file = FileReplacer::prepare(path.string());
  REQUIRE(file);
  const std::string texts[] = {"one", "a longer text", ""};
  for (const std::string& text : texts) {
    CHECK(file->is_untouched());
    const std::int64_t before = tests::allocation_count();
    const bool done = file->replace(bytes_of(text));
    const std::int64_t after = tests::allocation_count();
    CHECK(done);
    CHECK(after == before);
    CHECK(read_all(path) == text);
  }
  CHECK(folder.file_count() == 1);
}

TEST_CASE("a file that others wrote is not untouched") {
  const tuner::TemporaryFolder folder;
  const fs::path path = folder.path() / "file";
  auto file = FileReplacer::prepare(path.string());
  REQUIRE(file);
  REQUIRE(file->replace(bytes_of("mine")));
  std::ofstream(path) << "theirs, longer";
  CHECK_FALSE(file->is_untouched());
  REQUIRE(file->replace(bytes_of("mine")));
  CHECK(file->is_untouched());
  fs::remove(path);
  CHECK_FALSE(file->is_untouched());
}

TEST_CASE("a link stays a link, a folder is refused, and a missing folder leaves all as it was") {
  const tuner::TemporaryFolder folder;
  std::ofstream(folder.path() / "target") << "old";
  fs::create_symlink(folder.path() / "target", folder.path() / "link");
  auto file = FileReplacer::prepare((folder.path() / "link").string());
  REQUIRE(file);
  REQUIRE(file->replace(bytes_of("new")));
  CHECK(fs::is_symlink(folder.path() / "link"));
  CHECK(read_all(folder.path() / "target") == "new");
  const auto refused = FileReplacer::prepare(folder.path().string());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::IoError);
  auto nowhere = FileReplacer::prepare((folder.path() / "no" / "file").string());
  REQUIRE(nowhere);
  CHECK_FALSE(nowhere->replace(bytes_of("x")));
}

}  // namespace tilewright::runtime
