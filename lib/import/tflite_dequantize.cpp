// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_dequantize.h"

#include <bit>
#include <cstring>
#include <utility>

#include "lib/import/tflite_ops.h"

namespace tilewright::importer::tflite {
namespace {

/// The value of an IEEE 754 half. 10 bits of fraction, 5 of exponent; all halves are floats.
float from_half(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half & 0x8000U} << 16;
  const std::uint32_t exponent = half >> 10 & 0x1FU;
  const std::uint32_t fraction = half & 0x3FFU;
  if (exponent == 0) {  // zero and subnormals: multiples of 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign == 0 ? magnitude : -magnitude;
  }
  // Infinity and not-a-number keep the highest exponent, others get the bias of float.
  const std::uint32_t wide = exponent == 0x1F ? 0xFFU : exponent + 127 - 15;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

/// The index of each element along `axis` of a dense tensor.
std::size_t index_along(std::size_t element, const Shape& shape, int axis) {
  std::int64_t inner = 1;
  for (int i = axis + 1; i < shape.rank(); ++i)
    inner *= shape[i];
  const auto position = static_cast<std::int64_t>(element);
  return static_cast<std::size_t>(position / inner % shape[axis]);
}

template <typename T>
std::vector<float> scaled(const graph::Graph& graph, ValueId id) {
  const TensorSpec& spec = graph.value(id).spec;
  const Quantization& quantization = spec.quantization;
  const std::span<const T> elements = graph::constant_elements<T>(graph, id);
  std::vector<float> result;
  result.reserve(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const bool per_axis = quantization.scales.size() > 1;
    const std::size_t channel = per_axis ? index_along(i, spec.shape, quantization.axis) : 0;
    const std::int64_t offset = std::int64_t{elements[i]} - quantization.zero_points[channel];
    result.push_back(quantization.scales[channel] * static_cast<float>(offset));
  }
  return result;
}

std::vector<float> halves(const graph::Constant& constant) {
  std::vector<float> result;
  result.reserve(constant.bytes.size() / sizeof(std::uint16_t));
  for (std::size_t at = 0; at < constant.bytes.size(); at += sizeof(std::uint16_t)) {
    std::uint16_t half = 0;
    std::memcpy(&half, &constant.bytes[at], sizeof(half));
    result.push_back(from_half(half));
  }
  return result;
}

/// The real numbers of a constant; none for types that this operator does not take.
std::vector<float> real_elements(const graph::Graph& graph, ValueId id) {
  const graph::Value& value = graph.value(id);
  if (value.spec.dtype == DType::Float16) return halves(*value.constant);
  if (value.spec.dtype == DType::Int8) return scaled<std::int8_t>(graph, id);
  if (value.spec.dtype == DType::UInt8) return scaled<std::uint8_t>(graph, id);
  return scaled<std::int16_t>(graph, id);
}

}  // namespace

bool is_scaled(const TensorSpec& spec) {
  const bool is_narrow =
      spec.dtype == DType::Int8 || spec.dtype == DType::UInt8 || spec.dtype == DType::Int16;
  return is_narrow && !spec.quantization.scales.empty();
}

Result<ValueId> dequantized(OperatorReader& op, ValueId constant, std::string_view suffix) {
  const Shape shape = op.shape(constant);
  TILEWRIGHT_RETURN_IF_ERROR(op.reserve(shape.elements() * tilewright::size_bytes(DType::Float32)));
  graph::Builder& builder = op.state().builder;
  const std::vector<float> elements = real_elements(builder.graph(), constant);
  std::string name = op.output(0).spec.name;
  if (!suffix.empty()) name += "/" + std::string(suffix);
  return builder.constant(std::move(name), shape, std::span(elements));
}

Status import_dequantize(OperatorReader& op) {
  const ValueId x = op.input(0);
  const TensorSpec& spec = op.spec(x);
  if (spec.dtype != DType::Float16 && !is_scaled(spec)) {
    return op.invalid("expected float16, or int8, uint8 or int16 with a scale, got " +
                      std::string(to_string(spec.dtype)) +
                      (spec.quantization.scales.empty() ? " without" : ""));
  }
  if (!op.is_constant(x)) {
    return op.unsupported("expected a constant, got a tensor computed at run time");
  }
  TILEWRIGHT_TRY(const ValueId id, dequantized(op, x, ""));
  return op.bind(id);
}

}  // namespace tilewright::importer::tflite
