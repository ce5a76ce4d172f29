// SPDX-License-Identifier: Apache-2.0
// Runs one kernel on values written in a test, to compare with values written in the test.
#pragma once

#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/kernel.h"

namespace tilewright::kernels::tests {

/// A dense tensor with its own memory.
struct Values {
  TensorSpec spec;
  std::vector<std::byte> bytes;

  template <typename T>
  [[nodiscard]] std::vector<T> as() const {
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
  }
  [[nodiscard]] TensorRef ref() {
    return {bytes.data(), spec.dtype, spec.shape, dense_strides(spec.shape)};
  }
};

template <typename T>
[[nodiscard]] Values values(Shape shape, const std::vector<T>& elements) {
  Values result{{"", kDTypeOf<T>, shape, {}}, std::vector<std::byte>(elements.size() * sizeof(T))};
  if (!elements.empty()) {
    std::memcpy(result.bytes.data(), elements.data(), result.bytes.size());
  }
  return result;
}

/// first, first + 1, ...
template <typename T = float>
[[nodiscard]] Values counting(Shape shape, T first = T{0}) {
  std::vector<T> elements;
  for (std::int64_t i = 0; i < shape.elements(); ++i)
    elements.push_back(static_cast<T>(first + static_cast<T>(i)));
  return values<T>(shape, elements);
}

[[nodiscard]] inline const Kernel& named(std::span<const Kernel> kernels, std::string_view name) {
  for (const Kernel& kernel : kernels) {
    if (kernel.name == name) return kernel;
  }
  std::fprintf(stderr, "no kernel of this name\n");
  std::abort();
}

/// The output of `op`, of dtype `dtype` and shape `shape`, by the kernel called `name`.
[[nodiscard]] inline Values run(std::span<const Kernel> kernels, std::string_view name,
                                const Op& op, std::vector<Values> src, DType dtype, Shape shape) {
  const Kernel& kernel = named(kernels, name);
  std::vector<TensorSpec> specs;
  std::vector<TensorRef> refs;
  for (Values& operand : src) {
    specs.push_back(operand.spec);
    refs.push_back(operand.ref());
  }
  Values result{
      {"", dtype, shape, {}},
      std::vector<std::byte>(static_cast<std::size_t>(shape.elements() * size_bytes(dtype)))};
  const Call call{op, specs, result.spec};
  TILEWRIGHT_CHECK(kernel.supports(call, kernel));
  const KernelConfig config;
  const TensorRef dst = result.ref();
  kernel.run({op, refs, dst, nullptr, nullptr, config, kernel, 0, row_count(shape)});
  return result;
}

}  // namespace tilewright::kernels::tests
