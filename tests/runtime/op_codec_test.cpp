// SPDX-License-Identifier: Apache-2.0
// Every op survives its bytes; broken bytes are refused or another op, never harm.
#include "runtime/op_codec.h"

#include <catch2/catch_test_macros.hpp>

#include "kernels/op_enums.h"
#include "kernels/op_fields.h"
#include "kernels/op_rules.h"

namespace tilewright::runtime {
namespace {

/// Gives every field a value that is neither its default nor that of its neighbour.
struct FieldFiller {
  int& next;

  void operator()(const char*, bool& value) const { value = !value; }
  template <typename T>
    requires std::is_arithmetic_v<T>
  void operator()(const char*, T& value) const {
    value = static_cast<T>(++next);
  }
  template <typename E>
    requires std::is_enum_v<E>
  void operator()(const char*, E& value) const {
    value = static_cast<E>(kernels::kEnumNames<E>.size() - 1);
  }
  void operator()(const char*, Shape& shape) const { shape = Shape{++next, ++next, 0, 1}; }
  template <typename T, std::size_t N>
  void operator()(const char*, std::array<T, N>& values) const {
    for (T& value : values)
      value = static_cast<T>(-++next);
  }
  template <typename T>
    requires std::is_class_v<T>
  void operator()(const char*, T& nested) const {
    kernels::for_each_field(nested, *this);
  }
};

template <std::size_t... Indices>
std::vector<Op> filled_ops(std::index_sequence<Indices...>) {
  std::vector<Op> ops{Op(std::in_place_index<Indices>)...};
  int next = 2;
  for (Op& op : ops)
    std::visit([&](auto& fields) { kernels::for_each_field(fields, FieldFiller{next}); }, op);
  return ops;
}

/// One of each op, no field at its default.
std::vector<Op> filled_ops() {
  return filled_ops(std::make_index_sequence<std::variant_size_v<Op>>());
}

std::vector<std::byte> bytes_of(const Op& op) {
  ByteWriter writer;
  put_op(writer, op);
  return {writer.bytes().begin(), writer.bytes().end()};
}

}  // namespace

TEST_CASE("every op is read back as it was written") {
  for (const Op& op : filled_ops()) {
    INFO(kernels::op_name(op));
    const std::vector<std::byte> bytes = bytes_of(op);
    ByteReader reader(bytes);
    CHECK(get_op(reader) == op);
    CHECK(reader.status("op"));
    CHECK(reader.left() == 0);
  }
}

TEST_CASE("an op cut short is refused") {
  for (const Op& op : filled_ops()) {
    INFO(kernels::op_name(op));
    const std::vector<std::byte> bytes = bytes_of(op);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ByteReader reader{std::span(bytes).first(size)};
      static_cast<void>(get_op(reader));
      CHECK(reader.failed());
    }
  }
}

TEST_CASE("an op with a changed byte is refused or written as it was read") {
  for (const Op& op : filled_ops()) {
    const std::vector<std::byte> bytes = bytes_of(op);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const unsigned flipped : {0x01U, 0x80U, 0xFFU}) {
        std::vector<std::byte> changed = bytes;
        changed[at] ^= static_cast<std::byte>(flipped);
        ByteReader reader(changed);
        const Op read = get_op(reader);
        if (reader.failed()) continue;
        const std::size_t used = changed.size() - reader.left();
        changed.resize(used);
        CHECK(bytes_of(read) == changed);
      }
    }
  }
}

TEST_CASE("an op that does not exist is refused") {
  constexpr auto kOps = std::variant_size_v<Op>;
  const std::byte none[] = {static_cast<std::byte>(kOps)};
  ByteReader reader(none);
  static_cast<void>(get_op(reader));
  CHECK(reader.status("op").error().message ==
        "op: at byte 1: expected one of " + std::to_string(kOps) + " ops");
}

TEST_CASE("specs are read back with their quantisation") {
  const TensorSpec spec{"image", DType::UInt8, {1, 2, 3}, {{0.5F, 0.25F}, {128, -1}, 2}};
  ByteWriter writer;
  put_spec(writer, spec);
  ByteReader reader(writer.bytes());
  CHECK(get_spec(reader) == spec);
  CHECK(reader.left() == 0);
  for (std::size_t size = 0; size < writer.size(); ++size) {
    ByteReader cut(writer.bytes().first(size));
    static_cast<void>(get_spec(cut));
    CHECK(cut.failed());
  }
}

TEST_CASE("shapes that no tensor has are refused") {
  const auto refused = [](std::initializer_list<std::int64_t> dims, std::uint8_t rank) {
    ByteWriter writer;
    writer.put(rank);
    for (const std::int64_t dim : dims)
      writer.put(dim);
    ByteReader reader(writer.bytes());
    static_cast<void>(get_shape(reader));
    return reader.failed();
  };
  const std::int64_t huge = std::int64_t{1} << 62;
  CHECK(refused({-1}, 1));
  CHECK(refused({huge, huge}, 2));
  CHECK(refused({0, kMaxElements, 2}, 3));
  CHECK(refused({1, 1, 1, 1, 1, 1, 1, 1, 1}, 9));
  CHECK_FALSE(refused({0, kMaxElements}, 2));
}

}  // namespace tilewright::runtime
