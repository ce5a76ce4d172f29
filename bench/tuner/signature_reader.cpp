// SPDX-License-Identifier: Apache-2.0
#include "bench/tuner/signature_reader.h"

#include <cstdlib>
#include <optional>
#include <sstream>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/kernel.h"
#include "kernels/op_fields.h"
#include "kernels/op_rules.h"

namespace tilewright::bench {
namespace {

/// Numbers between separators: `1x56x56x64`, `0,2,3,1,`.
std::vector<std::int64_t> numbers_of(const std::string& text, char separator) {
  std::vector<std::int64_t> numbers;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    if (!part.empty()) numbers.push_back(std::strtoll(part.c_str(), nullptr, 10));
  }
  return numbers;
}

/// Fills the fields of an op from words `name=value`, `name{` and `}`, in the order of
/// `for_each_field`.
struct FieldReader {
  std::istringstream& words;
  bool& is_readable;

  std::string value_of(const char* name) const {
    std::string word;
    words >> word;
    const std::string prefix = std::string(name) + "=";
    if (word.starts_with(prefix)) return word.substr(prefix.size());
    is_readable = false;
    return {};
  }
  void operator()(const char* name, Shape& shape) const {
    shape = Shape(numbers_of(value_of(name), 'x'));
  }
  template <typename T>
    requires std::is_arithmetic_v<T>
  void operator()(const char* name, T& value) const {
    value = static_cast<T>(std::strtod(value_of(name).c_str(), nullptr));
  }
  template <typename T>
    requires std::is_enum_v<T>
  void operator()(const char* name, T& value) const {
    value = static_cast<T>(std::strtol(value_of(name).c_str(), nullptr, 10));
  }
  template <typename T, std::size_t N>
  void operator()(const char* name, std::array<T, N>& values) const {
    const std::vector<std::int64_t> numbers = numbers_of(value_of(name), ',');
    for (std::size_t i = 0; i < N && i < numbers.size(); ++i)
      values[i] = static_cast<T>(numbers[i]);
  }
  template <typename T>
    requires std::is_class_v<T>
  void operator()(const char* name, T& nested) const {
    std::string word;
    words >> word;
    if (word != std::string(name) + "{") is_readable = false;
    kernels::for_each_field(nested, *this);
    words >> word;
    if (word != "}") is_readable = false;
  }
};

/// An op of that name with default fields.
template <std::size_t I = 0>
std::optional<Op> op_of_name(const std::string& name) {
  if constexpr (I == std::variant_size_v<Op>) {
    return std::nullopt;
  } else {
    Op op{std::in_place_index<I>};
    return kernels::op_name(op) == name ? op : op_of_name<I + 1>(name);
  }
}

std::optional<DType> dtype_of_name(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(DType::Bool); ++i) {
    if (name == to_string(static_cast<DType>(i))) return static_cast<DType>(i);
  }
  return std::nullopt;
}

/// `float32 1x8x8x3`, ` const` or ` stride 192,24,3,1`.
std::optional<ProgramOperand> operand_of(const std::string& text) {
  std::istringstream words(text);
  std::string dtype;
  std::string shape;
  std::string kind;
  words >> dtype >> shape >> kind;
  const std::optional<DType> read = dtype_of_name(dtype);
  if (!read) return std::nullopt;
  ProgramOperand operand;
  operand.spec = {"", *read, Shape(numbers_of(shape, 'x')), {}};
  operand.place.strides = kernels::dense_strides(operand.spec.shape);
  if (kind == "const") operand.constant.emplace();
  if (kind == "stride") {
    words >> kind;
    const std::vector<std::int64_t> strides = numbers_of(kind, ',');
    for (std::size_t i = 0; i < strides.size() && i < operand.place.strides.size(); ++i)
      operand.place.strides[i] = strides[i];
  }
  return operand;
}

/// Splits at every `separator`, which stays out.
std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(separator); at != std::string::npos;
       at = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + separator.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace

Result<ProgramOp> read_signature(const std::string& text) {
  const auto unreadable = [&](const std::string& part) {
    return Error{ErrorCode::InvalidArgument,
                 "signature '" + text + "': expected an op with operands, got '" + part + "'"};
  };
  const std::vector<std::string> sides = split(text, " -> ");
  const std::vector<std::string> parts = split(sides.front(), " | ");
  std::istringstream words(parts.front());
  std::string name;
  words >> name;
  const std::optional<Op> op = op_of_name(name);
  const std::optional<ProgramOperand> dst = operand_of(sides.back());
  if (!op || !dst || sides.size() != 2) return unreadable(name);
  ProgramOp result{text, *op, {}, *dst};
  bool is_readable = true;
  std::visit(
      [&](auto& attributes) {
        kernels::for_each_field(attributes, FieldReader{words, is_readable});
      },
      result.op);
  if (!is_readable) return unreadable(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::optional<ProgramOperand> src = operand_of(parts[i]);
    if (!src) return unreadable(parts[i]);
    result.src.push_back(*src);
  }
  return result;
}

}  // namespace tilewright::bench
