// SPDX-License-Identifier: Apache-2.0
// Cast: dst[i] = convert(src[i]), with the rules of convert.h.
#include "kernels/copy/copy_references.h"
#include "kernels/copy/element_type.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {

void run_cast_reference(const KernelArgs& args) {
  with_conversion(args.dst.dtype, args.src[0].dtype, [&](auto to, auto from) {
    using To = decltype(to);
    using From = decltype(from);
    for_each_element(args, [&](const Index& index) {
      element<To>(args.dst, index) = convert<To>(element<From>(args.src[0], index));
    });
  });
}

}  // namespace tilewright::kernels
