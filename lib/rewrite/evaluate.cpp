// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/evaluate.h"

#include <vector>

#include "kernels/registry.h"

namespace tilewright::rewriting {
namespace {

graph::Constant zeros(std::int64_t size_bytes) {
  return graph::copy_constant(std::vector<std::byte>(static_cast<std::size_t>(size_bytes)));
}

kernels::TensorRef dense(const TensorSpec& spec, const std::byte* data) {
  return {const_cast<std::byte*>(data), spec.dtype, spec.shape, kernels::dense_strides(spec.shape)};
}

}  // namespace

std::optional<graph::Constant> evaluate(const kernels::Call& call,
                                        std::span<const std::byte* const> src) {
  const kernels::Kernel* kernel = kernels::reference(call);
  if (kernel == nullptr) return std::nullopt;
  std::vector<kernels::TensorRef> refs;
  for (std::size_t i = 0; i < src.size(); ++i)
    refs.push_back(dense(call.src[i], src[i]));

  const kernels::KernelConfig config = kernel->configs(call, *kernel).front();
  const graph::Constant packed = zeros(kernel->packed_bytes(call, *kernel, config));
  kernel->pack(call, *kernel, config, src, const_cast<std::byte*>(packed.bytes.data()));
  const graph::Constant scratch = zeros(kernel->scratch_bytes(call, *kernel, config));
  graph::Constant result = zeros(call.dst.size_bytes());
  const kernels::TensorRef dst = dense(call.dst, result.bytes.data());
  kernel->run({call.op, refs, dst, packed.bytes.data(),
               const_cast<std::byte*>(scratch.bytes.data()), config, *kernel, 0,
               kernels::row_count(call.dst.shape)});
  return result;
}

}  // namespace tilewright::rewriting
