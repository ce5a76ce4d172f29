// SPDX-License-Identifier: Apache-2.0
// The elements of initializers: in the file, in each of its fields, and beside it.
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/onnx_import_run.h"

namespace tilewright::onnx_writer {
namespace {

using namespace std::string_literals;

/// y = w, so that the elements can be looked at.
File constant_file(const Message& tensor) {
  return {.nodes = {node("Identity", {"w"}, {"y"})},
          .outputs = {Message().text(1, "y")},
          .initializers = {tensor}};
}

std::string tensor_error(const Message& tensor) {
  const std::string error = import_error(constant_file(tensor));
  const std::string prefix = "invalid_model: onnx: initializer 'w': ";
  return error.starts_with(prefix) ? error.substr(prefix.size()) : "not that: " + error;
}

/// TensorProto called w without elements.
Message header(const Dims& dims, int data_type) {
  Message tensor;
  for (const std::int64_t dim : dims)
    tensor.integer(1, dim);
  return tensor.integer(2, data_type).text(8, "w");
}

Message external(const Dims& dims, const std::vector<std::pair<std::string, std::string>>& pairs) {
  Message tensor = header(dims, 1);
  for (const auto& [key, text] : pairs)
    tensor.message(13, Message().text(1, key).text(2, text));
  return tensor.integer(14, 1);
}

}  // namespace

TEST_CASE("elements are read from raw data and from the field of their type") {
  CHECK(known_output(imported(constant_file(floats("w", {2}, {1.5F, -2})))) ==
        std::vector<double>{1.5, -2});
  CHECK(known_output(imported(constant_file(header({2}, 1).real(4, 3).real(4, 4)))) ==
        std::vector<double>{3, 4});
  CHECK(known_output(imported(constant_file(header({2}, 3).integer(5, -3).integer(5, 7)))) ==
        std::vector<double>{-3, 7});
  CHECK(known_output(imported(constant_file(header({1}, 7).integer(7, -9)))) ==
        std::vector<double>{-9});
  CHECK(known_output(imported(constant_file(header({}, 9).integer(5, 1)))) ==
        std::vector<double>{1});
  // 0x3c00 is 1.0 and 0xc000 is -2.0 in half precision.
  CHECK(known_output(imported(constant_file(
            header({2}, 10).integer(5, 0x3c00).integer(5, 0xc000)))) == std::vector<double>{1, -2});
}

TEST_CASE("elements are as many as the extents ask for") {
  CHECK(tensor_error(raw_tensor("w", {3, 4}, 1, std::string(20, 'a'))) ==
        "expected 48 bytes of raw_data for float32 3x4, got 20");
  CHECK(tensor_error(header({3}, 1).real(4, 1)) == "expected 3 elements for float32 3, got 1");
  CHECK(tensor_error(header({1}, 1).integer(7, 1)) == "expected 1 elements for float32 1, got 0");
  CHECK(tensor_error(header({1}, 1).real(4, 1).integer(7, 1)) ==
        "expected 1 elements for float32 1, got 2");
  CHECK(tensor_error(floats("w", {1}, {1}).real(4, 1)) ==
        "expected elements in one field, got raw_data and another");
  CHECK(tensor_error(raw_tensor("w", {1}, 8, "a")) == "expected no raw_data for type string");
  CHECK(tensor_error(header({1}, 1).message(3, {})) == "expected a whole tensor, got a segment");
}

TEST_CASE("extents do not overflow and are not negative") {
  CHECK(tensor_error(raw_tensor("w", {-3, 4}, 1, "")) ==
        "expected extents of at least 0, got -3x4");
  const std::int64_t huge = std::int64_t{1} << 33;
  CHECK(tensor_error(raw_tensor("w", {huge, huge}, 1, ""))
            .starts_with("expected at most 1099511627776 elements, got "));
  CHECK(tensor_error(raw_tensor("w", {1}, 0, "")) == "expected a known data_type, got 0");
  CHECK(tensor_error(raw_tensor("w", {1}, 77, "")) == "expected a known data_type, got 77");
}

TEST_CASE("an element type that Tilewright lacks is told only when nothing else is wrong") {
  const Message bfloat = raw_tensor("w", {1}, 16, "ab");
  CHECK(import_error(constant_file(bfloat)) ==
        "unsupported: onnx: initializer 'w': expected a type Tilewright has and at most 8 "
        "dimensions, got bfloat16 1");
  CHECK(tensor_error(raw_tensor("w", {2}, 16, "ab")) ==
        "expected 4 bytes of raw_data for bfloat16 2, got 2");
  CHECK(import_error(constant_file(raw_tensor("w", Dims(9, 1), 1, "abcd")))
            .starts_with("unsupported: "));
}

TEST_CASE("external data may only lie below the model's folder") {
  const auto refused = [](const std::string& location) {
    return tensor_error(external({1}, {{"location", location}}));
  };
  const std::string expected = "external data: expected a location below the model's folder, got '";
  CHECK(refused("../../../../etc/hostname") == expected + "../../../../etc/hostname'");
  CHECK(refused("/etc/hostname") == expected + "/etc/hostname'");
  CHECK(refused("a/../../b") == expected + "a/../../b'");
  CHECK(refused("") == expected + "'");
  CHECK(refused("w.bin") ==
        "external data: expected a model read from a path, got one from memory, which has no "
        "folder");
  CHECK(tensor_error(external({1}, {{"location", "w"}, {"offset", "-4"}})) ==
        "external data: expected a number of bytes as offset, got '-4'");
  CHECK(tensor_error(external({1}, {{"location", "w"}}).text(9, "abcd")) ==
        "expected no elements in the file beside external data");
}

TEST_CASE("external data are read from offset on, if the file has them and is in the folder") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / "tilewright_onnx_external";
  fs::remove_all(root);
  fs::create_directories(root / "model");
  const float elements[] = {1, 2, 3};
  for (const fs::path& path : {root / "model" / "w.bin", root / "outside.bin"}) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(elements), sizeof(elements));
  }
  fs::create_symlink(root / "outside.bin", root / "model" / "link.bin");
  const std::string folder = (root / "model").string();
  const auto error = [&](const Message& tensor) {
    return import_error(write(constant_file(tensor)), {}, folder);
  };
  CHECK(error(external({2}, {{"location", "w.bin"}, {"offset", "4"}, {"length", "8"}})) == "none");
  CHECK(error(external({3}, {{"location", "w.bin"}, {"offset", "4"}})) ==
        "invalid_model: onnx: initializer 'w': external data: expected 12 bytes at offset 4 of "
        "'w.bin', got 12 in all");
  CHECK(error(external({2}, {{"location", "w.bin"}, {"length", "4"}})) ==
        "invalid_model: onnx: initializer 'w': external data: expected length 8, got 4");
  CHECK(error(external({1}, {{"location", "none.bin"}})) ==
        "not_found: onnx: initializer 'w': external data: expected the file 'none.bin' in the "
        "model's folder, got none");
  CHECK(error(external({1}, {{"location", "link.bin"}})) ==
        "invalid_model: onnx: initializer 'w': external data: expected a file below the model's "
        "folder, got a link out of it: 'link.bin'");
  fs::remove_all(root);
}

TEST_CASE("external data that are no regular file are refused, not waited for") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / "tilewright_onnx_external_pipe";
  fs::remove_all(root);
  fs::create_directories(root / "folder.bin");
  REQUIRE(::mkfifo((root / "pipe.bin").c_str(), 0600) == 0);
  // Of no elements, so that the number of bytes cannot be what is wrong.
  const auto error = [&](const char* location) {
    return import_error(write(constant_file(external({0}, {{"location", location}}))), {},
                        root.string());
  };
  for (const char* location : {"pipe.bin", "folder.bin"}) {
    const std::string path = (fs::canonical(root) / location).string();
    CHECK(error(location) == "io_error: onnx: initializer 'w': external data: open '" + path +
                                 "': expected a regular file");
  }
  fs::remove_all(root);
}

}  // namespace tilewright::onnx_writer
