// SPDX-License-Identifier: Apache-2.0
#include "runtime/op_codec.h"

#include <array>
#include <utility>

#include "kernels/op_enums.h"
#include "kernels/op_fields.h"

namespace tilewright::runtime {
namespace {

template <typename E>
constexpr E last_of(E) {
  return static_cast<E>(kernels::kEnumNames<E>.size() - 1);
}

struct FieldPutter {
  ByteWriter& writer;

  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void operator()(const char*, T value) const {
    writer.put(value);
  }
  void operator()(const char*, const Shape& shape) const { put_shape(writer, shape); }
  template <typename T, std::size_t N>
  void operator()(const char*, const std::array<T, N>& values) const {
    for (const T value : values)
      writer.put(value);
  }
  template <typename T>
    requires std::is_class_v<T>
  void operator()(const char*, const T& nested) const {
    kernels::for_each_field(nested, *this);
  }
};

struct FieldGetter {
  ByteReader& reader;

  void operator()(const char*, bool& value) const { value = reader.get_bool(); }
  template <typename T>
    requires std::is_arithmetic_v<T>
  void operator()(const char*, T& value) const {
    value = reader.get<T>();
  }
  template <typename T>
    requires std::is_enum_v<T>
  void operator()(const char*, T& value) const {
    value = reader.get_enum(last_of(value));
  }
  void operator()(const char*, Shape& shape) const { shape = get_shape(reader); }
  template <typename T, std::size_t N>
  void operator()(const char*, std::array<T, N>& values) const {
    for (T& value : values)
      value = reader.get<T>();
  }
  template <typename T>
    requires std::is_class_v<T>
  void operator()(const char*, T& nested) const {
    kernels::for_each_field(nested, *this);
  }
};

template <std::size_t Index = 0>
Op default_op(std::size_t index) {
  if constexpr (Index + 1 < std::variant_size_v<Op>) {
    if (index != Index) return default_op<Index + 1>(index);
  }
  return Op(std::in_place_index<Index>);
}

}  // namespace

void put_op(ByteWriter& writer, const Op& op) {
  writer.put(static_cast<std::uint8_t>(op.index()));
  std::visit(
      [&](const auto& attributes) { kernels::for_each_field(attributes, FieldPutter{writer}); },
      op);
}

Op get_op(ByteReader& reader) {
  const auto index = reader.get<std::uint8_t>();
  if (index >= std::variant_size_v<Op>)
    reader.fail("one of " + std::to_string(std::variant_size_v<Op>) + " ops");
  if (reader.failed()) return {};
  Op op = default_op(index);
  std::visit([&](auto& attributes) { kernels::for_each_field(attributes, FieldGetter{reader}); },
             op);
  return op;
}

void put_shape(ByteWriter& writer, const Shape& shape) {
  writer.put(static_cast<std::uint8_t>(shape.rank()));
  for (const std::int64_t dim : shape.dims())
    writer.put(dim);
}

Shape get_shape(ByteReader& reader) {
  const auto rank = reader.get<std::uint8_t>();
  if (rank > kMaxRank) reader.fail("a rank of at most " + std::to_string(kMaxRank));
  if (reader.failed()) return {};
  std::array<std::int64_t, kMaxRank> dims{};
  for (std::size_t i = 0; i < rank; ++i)
    dims[i] = reader.get<std::int64_t>();
  const Shape shape(std::span<const std::int64_t>(dims.data(), rank));
  if (const Status checked = check_shape(shape); !checked) reader.fail(checked.error().message);
  return reader.failed() ? Shape{} : shape;
}

void put_spec(ByteWriter& writer, const TensorSpec& spec) {
  writer.put_string(spec.name);
  writer.put(spec.dtype);
  put_shape(writer, spec.shape);
  writer.put(static_cast<std::uint32_t>(spec.quantization.scales.size()));
  for (const float scale : spec.quantization.scales)
    writer.put(scale);
  writer.put(static_cast<std::uint32_t>(spec.quantization.zero_points.size()));
  for (const std::int64_t zero_point : spec.quantization.zero_points)
    writer.put(zero_point);
  writer.put(static_cast<std::int32_t>(spec.quantization.axis));
}

TensorSpec get_spec(ByteReader& reader) {
  TensorSpec spec;
  spec.name = reader.get_string();
  spec.dtype = reader.get_enum(last_of(DType{}));
  spec.shape = get_shape(reader);
  const std::size_t scales = reader.get_count(sizeof(float));
  for (std::size_t i = 0; i < scales; ++i)
    spec.quantization.scales.push_back(reader.get<float>());
  const std::size_t zero_points = reader.get_count(sizeof(std::int64_t));
  for (std::size_t i = 0; i < zero_points; ++i)
    spec.quantization.zero_points.push_back(reader.get<std::int64_t>());
  spec.quantization.axis = reader.get<std::int32_t>();
  return spec;
}

}  // namespace tilewright::runtime
