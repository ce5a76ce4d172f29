// SPDX-License-Identifier: Apache-2.0
// Cast: dst[i] = convert(src[i]), with the rules of convert.h.
#include "kernels/copy/convert.h"
#include "kernels/copy/copy_references.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

template <typename To, typename From>
void cast_elements(const KernelArgs& args) {
  for_each_element(args, [&](const Index& index) {
    element<To>(args.dst, index) = convert<To>(element<From>(args.src[0], index));
  });
}

template <typename To>
void cast_to(const KernelArgs& args) {
  switch (args.src[0].dtype) {
    case DType::Float32:
      return cast_elements<To, float>(args);
    case DType::Float16:
      return cast_elements<To, Half>(args);
    case DType::Float64:
      return cast_elements<To, double>(args);
    case DType::Int8:
      return cast_elements<To, std::int8_t>(args);
    case DType::UInt8:
      return cast_elements<To, std::uint8_t>(args);
    case DType::Int16:
      return cast_elements<To, std::int16_t>(args);
    case DType::Int32:
      return cast_elements<To, std::int32_t>(args);
    case DType::Int64:
      return cast_elements<To, std::int64_t>(args);
    case DType::Bool:
      return cast_elements<To, bool>(args);
  }
}

}  // namespace

void run_cast_reference(const KernelArgs& args) {
  switch (args.dst.dtype) {
    case DType::Float32:
      return cast_to<float>(args);
    case DType::Float16:
      return;  // refused by `supports`
    case DType::Float64:
      return cast_to<double>(args);
    case DType::Int8:
      return cast_to<std::int8_t>(args);
    case DType::UInt8:
      return cast_to<std::uint8_t>(args);
    case DType::Int16:
      return cast_to<std::int16_t>(args);
    case DType::Int32:
      return cast_to<std::int32_t>(args);
    case DType::Int64:
      return cast_to<std::int64_t>(args);
    case DType::Bool:
      return cast_to<bool>(args);
  }
}

}  // namespace tilewright::kernels
