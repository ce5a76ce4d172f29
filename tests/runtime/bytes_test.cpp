// SPDX-License-Identifier: Apache-2.0
// Bytes are written as they are and read without trust.
#include "runtime/bytes.h"

#include <catch2/catch_test_macros.hpp>

#include "tilewright/ops.h"

namespace tilewright::runtime {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values)
    bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

}  // namespace

TEST_CASE("what is written is read back") {
  ByteWriter writer;
  writer.put(std::uint8_t{7});
  writer.put(std::int64_t{-5});
  writer.put(1.5F);
  writer.put(true);
  writer.put(PadMode::Edge);
  writer.put_string("stem");
  writer.put_string("");
  ByteReader reader(writer.bytes());
  CHECK(reader.get<std::uint8_t>() == 7);
  CHECK(reader.get<std::int64_t>() == -5);
  CHECK(reader.get<float>() == 1.5F);
  CHECK(reader.get_bool());
  CHECK(reader.get_enum(PadMode::Edge) == PadMode::Edge);
  CHECK(reader.get_string() == "stem");
  CHECK(reader.get_string().empty());
  CHECK(reader.left() == 0);
  CHECK(reader.status("file"));
}

TEST_CASE("numbers are little-endian") {
  ByteWriter writer;
  writer.put(std::uint32_t{0x01020304});
  const auto expected = bytes_of({4, 3, 2, 1});
  CHECK(std::vector<std::byte>(writer.bytes().begin(), writer.bytes().end()) == expected);
}

TEST_CASE("padding fills with zeros up to the next multiple") {
  ByteWriter writer;
  writer.pad_to(8);
  CHECK(writer.size() == 0);
  writer.put(std::uint8_t{255});
  writer.pad_to(8);
  CHECK(writer.size() == 8);
  CHECK(writer.bytes()[7] == std::byte{0});
}

TEST_CASE("a reader stops at the first failure and says where") {
  const auto bytes = bytes_of({1, 2, 3});
  ByteReader reader(bytes);
  CHECK(reader.get<std::uint8_t>() == 1);
  CHECK(reader.get<std::uint32_t>() == 0);
  CHECK(reader.get<std::uint8_t>() == 0);
  const Status status = reader.status("plan");
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::InvalidModel);
  CHECK(status.error().message == "plan: at byte 1: expected 4 more bytes, got 2");
}

TEST_CASE("a bool is 0 or 1, an enumerator one that exists") {
  const auto bytes = bytes_of({2, 3});
  ByteReader as_bool(bytes);
  CHECK_FALSE(as_bool.get_bool());
  CHECK(as_bool.failed());
  ByteReader as_enum{std::span(bytes).subspan(1)};
  CHECK(as_enum.get_enum(PadMode::Edge) == PadMode::Constant);
  CHECK(as_enum.status("plan").error().message ==
        "plan: at byte 1: expected an enumerator of at most 2");
}

TEST_CASE("sizes in a file never exceed the file") {
  ByteWriter writer;
  writer.put(std::uint32_t{4});
  writer.put(std::uint32_t{0});
  ByteReader items(writer.bytes());
  CHECK(items.get_count(2) == 0);
  CHECK(items.failed());
  ByteReader enough(writer.bytes());
  CHECK(enough.get_count(1) == 4);
  CHECK_FALSE(enough.failed());
  ByteReader text{std::span(writer.bytes()).first(6)};
  CHECK(text.get_string().empty());
  CHECK(text.failed());
  ByteWriter large;
  large.put(kMaxStringBytes + 1);
  ByteReader longest(large.bytes());
  CHECK(longest.get_string().empty());
  CHECK(longest.status("plan").error().message ==
        "plan: at byte 4: expected a string of at most 65536 bytes");
}

TEST_CASE("the checksum is that of FNV-1a") {
  const auto of = [](std::string_view text) { return checksum(std::as_bytes(std::span(text))); };
  CHECK(of("") == 0xcbf29ce484222325U);
  CHECK(of("a") == 0xaf63dc4c8601ec8cU);
  CHECK(of("foobar") == 0x85944171f73967e8U);
}

}  // namespace tilewright::runtime
