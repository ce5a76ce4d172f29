// SPDX-License-Identifier: Apache-2.0
#include "lib/import/known_tensor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace tilewright::importer {
namespace {

/// IEEE 754 binary16, from its bits.
double half_to_real(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) return fraction != 0 ? std::nan("") : sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

/// The nearest binary16, ties to even.
std::uint16_t real_to_half(double value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::fabs(value);
  if (std::isnan(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < std::ldexp(1, -14)) {
    return static_cast<std::uint16_t>(sign + std::lrint(std::ldexp(magnitude, 24)));
  }
  int exponent = 0;
  const double mantissa = std::frexp(magnitude, &exponent);  // in [0.5, 1)
  const long steps = std::lrint(std::ldexp(mantissa, 11));   // 1024 to 2048; 2048 carries over
  return static_cast<std::uint16_t>(sign + ((exponent + 13) << 10) + steps);
}

template <typename To, typename From>
To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{0};
  } else if constexpr (std::is_floating_point_v<To> || std::is_integral_v<From>) {
    return static_cast<To>(value);  // a narrower integer keeps the low bits
  } else {
    // As doubles both bounds are exact or one above the largest value.
    if (std::isnan(value)) return 0;
    if (value <= static_cast<double>(std::numeric_limits<To>::min())) {
      return std::numeric_limits<To>::min();
    }
    if (value >= static_cast<double>(std::numeric_limits<To>::max())) {
      return std::numeric_limits<To>::max();
    }
    return static_cast<To>(value);
  }
}

/// The elements of C++ type `Stored`, converted to `Number`.
template <typename Stored, typename Number>
std::vector<Number> read_as(const Tensor& tensor) {
  std::vector<Number> numbers(static_cast<std::size_t>(tensor.shape.elements()));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, tensor.bytes.data() + i * sizeof(Stored), sizeof(Stored));
    numbers[i] = convert<Number>(stored);
  }
  return numbers;
}

template <typename Number>
std::vector<Number> read_numbers(const Tensor& tensor) {
  switch (tensor.dtype) {
    case DType::Float32:
      return read_as<float, Number>(tensor);
    case DType::Float64:
      return read_as<double, Number>(tensor);
    case DType::Int8:
      return read_as<std::int8_t, Number>(tensor);
    case DType::UInt8:
      return read_as<std::uint8_t, Number>(tensor);
    case DType::Int16:
      return read_as<std::int16_t, Number>(tensor);
    case DType::Int32:
      return read_as<std::int32_t, Number>(tensor);
    case DType::Int64:
      return read_as<std::int64_t, Number>(tensor);
    case DType::Bool:
      return read_as<std::uint8_t, Number>(tensor);
    case DType::Float16:
      break;
  }
  std::vector<Number> numbers;
  for (const std::int64_t bits : read_as<std::uint16_t, std::int64_t>(tensor)) {
    numbers.push_back(convert<Number>(half_to_real(static_cast<std::uint16_t>(bits))));
  }
  return numbers;
}

template <typename Stored, typename Number>
Tensor write_as(DType dtype, const Shape& shape, std::span<const Number> numbers) {
  std::vector<std::byte> bytes(numbers.size() * sizeof(Stored));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto stored = convert<Stored>(numbers[i]);
    std::memcpy(bytes.data() + i * sizeof(Stored), &stored, sizeof(Stored));
  }
  return make_tensor(dtype, shape, std::move(bytes));
}

template <typename Number>
Tensor write_numbers(DType dtype, const Shape& shape, std::span<const Number> numbers) {
  switch (dtype) {
    case DType::Float32:
      return write_as<float>(dtype, shape, numbers);
    case DType::Float64:
      return write_as<double>(dtype, shape, numbers);
    case DType::Int8:
      return write_as<std::int8_t>(dtype, shape, numbers);
    case DType::UInt8:
      return write_as<std::uint8_t>(dtype, shape, numbers);
    case DType::Int16:
      return write_as<std::int16_t>(dtype, shape, numbers);
    case DType::Int32:
      return write_as<std::int32_t>(dtype, shape, numbers);
    case DType::Int64:
      return write_as<std::int64_t>(dtype, shape, numbers);
    case DType::Bool:
      return write_as<bool>(dtype, shape, numbers);
    case DType::Float16:
      break;
  }
  std::vector<std::int64_t> bits;
  for (const Number number : numbers)
    bits.push_back(real_to_half(static_cast<double>(number)));
  return write_as<std::uint16_t>(dtype, shape, std::span<const std::int64_t>(bits));
}

}  // namespace

Tensor make_tensor(DType dtype, const Shape& shape, std::vector<std::byte> bytes) {
  TILEWRIGHT_CHECK(std::ssize(bytes) == shape.elements() * size_bytes(dtype));
  auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  const std::span<const std::byte> view = *owner;
  return {.dtype = dtype, .shape = shape, .owner = std::move(owner), .bytes = view};
}

Tensor make_tensor(const Shape& shape, std::span<const float> elements) {
  return write_as<float>(DType::Float32, shape, elements);
}

Tensor make_tensor(const Shape& shape, std::span<const std::int64_t> elements) {
  return write_as<std::int64_t>(DType::Int64, shape, elements);
}

std::vector<std::int64_t> integers(const Tensor& tensor) {
  TILEWRIGHT_CHECK(is_integer(tensor.dtype));
  return read_numbers<std::int64_t>(tensor);
}

std::vector<double> reals(const Tensor& tensor) {
  return read_numbers<double>(tensor);
}

bool is_integer(DType dtype) {
  switch (dtype) {
    case DType::Float16:
    case DType::Float32:
    case DType::Float64:
      return false;
    case DType::Int8:
    case DType::UInt8:
    case DType::Int16:
    case DType::Int32:
    case DType::Int64:
    case DType::Bool:
      return true;
  }
  return false;
}

Tensor from_integers(DType dtype, const Shape& shape, std::span<const std::int64_t> elements) {
  return write_numbers(dtype, shape, elements);
}

Tensor from_reals(DType dtype, const Shape& shape, std::span<const double> elements) {
  return write_numbers(dtype, shape, elements);
}

}  // namespace tilewright::importer
