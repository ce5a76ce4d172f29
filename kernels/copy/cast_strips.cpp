// SPDX-License-Identifier: Apache-2.0
// Cast by strips of elements that are contiguous on both sides.
#include "kernels/copy/copy_kernels.h"
#include "kernels/copy/element_type.h"
#include "kernels/loop_nest.h"

namespace tilewright::kernels {
namespace {

template <typename To, typename From>
void cast_strip(const Loop& strip, To* dst, const From* src) {
  for (std::int64_t i = 0; i < strip.extent; ++i)
    dst[i * strip.strides[0]] = convert<To>(src[i * strip.strides[1]]);
}

}  // namespace

void run_cast_strips(const KernelArgs& args) {
  with_conversion(args.dst.dtype, args.src[0].dtype, [&](auto to, auto from) {
    auto* dst = args.dst.as<decltype(to)>();
    const auto* src = args.src[0].as<decltype(from)>();
    for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
      const LoopNest nest = merged(broadcast_nest(args.dst, args.src, box));
      for_each_cycle(nest, 1, [&](const Offsets& offsets) {
        cast_strip(nest.inner(0), dst + offsets[0], src + offsets[1]);
      });
    });
  });
}

}  // namespace tilewright::kernels
