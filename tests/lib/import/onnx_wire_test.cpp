// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_wire.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/onnx_import_run.h"

namespace tilewright::importer::onnx {
namespace {

using namespace std::string_literals;

/// `bytes` must outlive the field.
Result<WireField> first_field(const std::string& bytes) {
  return WireReader(std::as_bytes(std::span(bytes))).next();
}

std::string first_error(const std::string& bytes) {
  const Result<WireField> field = first_field(bytes);
  return field ? "none" : field.error().message;
}

}  // namespace

TEST_CASE("a field is its number, its type and its value") {
  const Result<WireField> varint = first_field("\x50\xac\x02");
  REQUIRE(varint);
  CHECK(varint->number == 10);
  CHECK(varint->value == 300);
  const Result<WireField> fixed = first_field("\x15\x00\x00\x80\x3f"s);
  REQUIRE(fixed);
  CHECK(*read_float(*fixed, "f") == 1.0F);
  const std::string text = "\x0a\x02hi rest";
  const Result<WireField> bytes = first_field(text);
  REQUIRE(bytes);
  CHECK(*read_string(*bytes, "s") == "hi");
  CHECK(bytes->offset == 2);
}

TEST_CASE("a negative integer takes ten bytes and comes back") {
  const Result<WireField> field = first_field("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  REQUIRE(field);
  CHECK(*read_int(*field, "i") == -1);
}

TEST_CASE("what breaks the wire format is refused with its place") {
  CHECK(first_error("\x08") == "onnx: byte 1: expected a varint, got the end of the message");
  CHECK(first_error("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") ==
        "onnx: byte 1: expected a varint of at most 10 bytes, got a longer one");
  CHECK(first_error("\x0a\x05hi") == "onnx: byte 2: expected 5 bytes, got 2");
  CHECK(first_error("\x15\x00\x00"s) == "onnx: byte 1: expected 4 bytes, got 2");
  CHECK(first_error("\x0b") == "onnx: byte 1: expected wire type 0, 1, 2 or 5, got 3");
  CHECK(first_error("\x00\x00"s) ==
        "onnx: byte 1: expected a field number from 1 to 536870911, got 0");
  CHECK(first_error("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") ==
        "onnx: byte 11: expected 18446744073709551615 bytes, got 0");
}

TEST_CASE("a field of another type than its message says is refused") {
  const Result<WireField> field = first_field("\x08\x01");
  REQUIRE(field);
  CHECK(read_string(*field, "NodeProto.name").error().message ==
        "onnx: byte 1: NodeProto.name: expected a length and bytes, got a varint");
  std::vector<float> numbers;
  const Result<WireField> odd = first_field(
      "\x22\x03"
      "abc");
  REQUIRE(odd);
  CHECK(append_floats(*odd, "TensorProto.float_data", numbers).error().message ==
        "onnx: byte 2: TensorProto.float_data: expected a multiple of 4 bytes, got 3");
}

TEST_CASE("packed and single numbers mean the same") {
  std::vector<std::int64_t> numbers;
  REQUIRE(append_ints(*first_field("\x0a\x03\x01\xac\x02"), "ints", numbers));
  REQUIRE(append_ints(*first_field("\x08\x05"), "ints", numbers));
  CHECK(numbers == std::vector<std::int64_t>{1, 300, 5});
}

TEST_CASE("every prefix of a model is refused") {
  using namespace onnx_writer;
  const std::string whole =
      write({.nodes = {node("Conv", {"x", "w"}, {"h"}, {attribute("pads", Dims{1, 1, 1, 1})}),
                       node("Relu", {"h"}, {"y"})},
             .inputs = {value("x", {1, 2, 4, 4})},
             .outputs = {value("y", {1, 3, 4, 4})},
             .initializers = {counting("w", {3, 2, 3, 3})}});
  REQUIRE(import_error(whole) == "none");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    // A copy of exactly the size: a sanitizer sees a read past its end.
    const std::string prefix(whole.data(), size);
    CHECK(import_error(prefix).starts_with("invalid_model: onnx: "));
  }
}

}  // namespace tilewright::importer::onnx
