// SPDX-License-Identifier: Apache-2.0
// Reshape: runs that are contiguous on both sides; a single one if both tensors are dense.
#include "kernels/copy/copy_kernels.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

/// Elements that follow each other in memory from any multiple of that many on.
std::int64_t run_length(const TensorRef& tensor) {
  std::int64_t length = 1;
  for (int axis = tensor.shape.rank() - 1; axis >= 0; --axis) {
    if (tensor.shape[axis] == 1) continue;
    if (at(tensor.strides, axis) != length) break;
    length *= tensor.shape[axis];
  }
  return length;
}

std::byte* element_at(const TensorRef& tensor, std::int64_t position) {
  return tensor.data +
         offset_of(tensor, index_of(tensor.shape, position)) * size_bytes(tensor.dtype);
}

}  // namespace

void run_reshape_runs(const KernelArgs& args) {
  const TensorRef& src = args.src[0];
  const std::int64_t src_run = run_length(src);
  const std::int64_t dst_run = run_length(args.dst);
  const std::int64_t columns = args.dst.shape.last();
  const std::int64_t end = args.row_end * columns;
  for (std::int64_t position = args.row_begin * columns; position < end;) {
    const std::int64_t length =
        std::min({end - position, src_run - position % src_run, dst_run - position % dst_run});
    std::memmove(element_at(args.dst, position), element_at(src, position),
                 static_cast<std::size_t>(length * size_bytes(src.dtype)));
    position += length;
  }
}

}  // namespace tilewright::kernels
