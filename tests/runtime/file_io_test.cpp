// SPDX-License-Identifier: Apache-2.0
// Files are replaced as a whole or not at all.
#include "runtime/file_io.h"

#include <filesystem>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/tuner/temporary_folder.h"
#include "tests/runtime/memory_map.h"

namespace tilewright::runtime {
namespace {

namespace fs = std::filesystem;

const std::vector<std::byte> kSome(5000, std::byte{7});

}  // namespace

TEST_CASE("what is written is read and mapped") {
  const tuner::TemporaryFolder folder;
  REQUIRE(write_file(folder.file("a"), kSome));
  CHECK(*read_file(folder.file("a"), 5000) == kSome);
  const auto mapped = map_file(folder.file("a"), 5000);
  REQUIRE(mapped);
  CHECK(std::vector<std::byte>(mapped->bytes.begin(), mapped->bytes.end()) == kSome);
  REQUIRE(write_file(folder.file("empty"), {}));
  CHECK(map_file(folder.file("empty"), 5000)->bytes.empty());
}

TEST_CASE("a mapped file asks for large pages") {
  const tuner::TemporaryFolder folder;
  REQUIRE(write_file(folder.file("a"), kSome));
  const auto mapped = map_file(folder.file("a"), 5000);
  REQUIRE(mapped);
  const auto mapping = mapping_of(mapped->bytes.data());
  if (!mapping) SKIP("the system does not tell");
  CHECK(mapping->asks_for_large_pages == system_has_large_pages());
}

TEST_CASE("a file is replaced and nothing else is left behind") {
  const tuner::TemporaryFolder folder;
  REQUIRE(write_file(folder.file("a"), kSome));
  const auto old = map_file(folder.file("a"), 5000);
  REQUIRE(write_file(folder.file("a"), std::vector<std::byte>(3)));
  CHECK(read_file(folder.file("a"), 5000)->size() == 3);
  CHECK(old->bytes.size() == 5000);
  CHECK(old->bytes[4999] == std::byte{7});
  CHECK(folder.file_count() == 1);
}

TEST_CASE("a file that cannot be written leaves no trace") {
  const tuner::TemporaryFolder folder;
  fs::create_directory(folder.file("taken"));
  const Status over_folder = write_file(folder.file("taken"), kSome);
  REQUIRE_FALSE(over_folder);
  CHECK(over_folder.error().code == ErrorCode::IoError);
  CHECK(folder.file_count() == 1);
  CHECK_FALSE(write_file(folder.file("no/such/folder"), kSome));
}

TEST_CASE("files that are missing, too large or no files are refused") {
  const tuner::TemporaryFolder folder;
  REQUIRE(write_file(folder.file("a"), kSome));
  CHECK(read_file(folder.file("b"), 5000).error().code == ErrorCode::NotFound);
  CHECK(read_file(folder.file("a"), 4999).error().code == ErrorCode::ResourceExhausted);
  CHECK(map_file(folder.file("a"), 4999).error().code == ErrorCode::ResourceExhausted);
  CHECK(map_file(folder.path().string(), 5000).error().code == ErrorCode::IoError);
}

}  // namespace tilewright::runtime
