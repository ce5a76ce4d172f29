// SPDX-License-Identifier: Apache-2.0
// From a dtype to a C++ type.
#pragma once

#include "tilewright/tensor.h"

#include "kernels/copy/convert.h"

namespace tilewright::kernels {

/// Calls f(value) with a value of the C++ type of `dtype`; its type says which.
template <typename F>
void with_element_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::Float32:
      return f(float{});
    case DType::Float16:
      return f(Half{});
    case DType::Float64:
      return f(double{});
    case DType::Int8:
      return f(std::int8_t{});
    case DType::UInt8:
      return f(std::uint8_t{});
    case DType::Int16:
      return f(std::int16_t{});
    case DType::Int32:
      return f(std::int32_t{});
    case DType::Int64:
      return f(std::int64_t{});
    case DType::Bool:
      return f(bool{});
  }
}

/// Calls f(to, from) with values of the C++ types of a conversion, unless it is to Float16, which
/// nothing here computes.
template <typename F>
void with_conversion(DType to_dtype, DType from_dtype, F&& f) {
  with_element_type(to_dtype, [&](auto to) {
    if constexpr (!std::is_same_v<decltype(to), Half>) {
      with_element_type(from_dtype, [&](auto from) { f(to, from); });
    }
  });
}

}  // namespace tilewright::kernels
