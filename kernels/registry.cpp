// SPDX-License-Identifier: Apache-2.0
#include "kernels/registry.h"

#include "kernels/conv_transpose/conv_transpose.h"
#include "kernels/copy/copy.h"
#include "kernels/copy/gather_rows.h"
#include "kernels/depthwise/depthwise.h"
#include "kernels/dot/dot.h"
#include "kernels/dot_i8/dot_i8.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/norm/norm.h"
#include "kernels/pool/pool.h"
#include "kernels/reduce/reduce.h"
#include "kernels/resize/resize.h"
#include "kernels/softmax/softmax.h"
#include "kernels/winograd/winograd.h"

namespace tilewright::kernels {
namespace {

/// The kernels of each family; a family is added by its line here.
constexpr std::span<const Kernel> (*kFamilies[])() = {
    conv_transpose_kernels, copy_kernels,     depthwise_kernels,     dot_kernels,    dot_i8_kernels,
    elementwise_kernels,    norm_kernels,     pool_kernels,          reduce_kernels, resize_kernels,
    softmax_kernels,        winograd_kernels, vector_gather_kernels,
};

/// Calls f(kernel) in the order of `all` until it returns true; gives that kernel, or null.
template <typename F>
const Kernel* first_where(F&& f) {
  for (const auto family : kFamilies) {
    for (const Kernel& kernel : family()) {
      if (f(kernel)) return &kernel;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<const Kernel*> all() {
  std::vector<const Kernel*> kernels;
  first_where([&](const Kernel& kernel) {
    kernels.push_back(&kernel);
    return false;
  });
  return kernels;
}

const Kernel* find(std::string_view name) {
  return first_where([&](const Kernel& kernel) { return kernel.name == name; });
}

const Kernel* reference(const Call& call) {
  return first_where([&](const Kernel& kernel) {
    return kernel.name.ends_with("_reference") && kernel.supports(call, kernel);
  });
}

// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv).
std::uint64_t build_hash() {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U; };
  first_where([&](const Kernel& kernel) {
    for (const char c : kernel.name)
      mix(c);
    mix('\n');
    return false;
  });
  return hash;
}

}  // namespace tilewright::kernels
