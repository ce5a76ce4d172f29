// SPDX-License-Identifier: Apache-2.0
#include "kernels/norm/norm_rows.h"

#include <algorithm>
#include <cstring>

#include "kernels/halide/buffer_view.h"
#include "kernels/norm/norm_variant.h"
#include "kernels/row_index.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

/// Elements of a row between the zeros that its windows and its last vector reach.
std::int64_t padded_elements(const LocalResponseNorm& op, std::int64_t channels,
                             std::int32_t lanes) {
  return channels + op.size + lanes;
}

}  // namespace

bool local_response_rows_support(const Call& call, const Kernel&) {
  if (!is_float_op<LocalResponseNorm>(call) || !is_small_enough(call)) return false;
  const auto& op = *std::get_if<LocalResponseNorm>(&call.op);
  return op.alpha >= 0 && op.beta > 0 && op.bias >= 0 && op.size <= 1 << 20;
}

std::int64_t local_response_scratch_bytes(const Call& call, const Kernel& kernel,
                                          const KernelConfig&) {
  const auto& op = *std::get_if<LocalResponseNorm>(&call.op);
  return padded_elements(op, call.dst.shape.last(), kernel.tile.lanes) *
         static_cast<std::int64_t>(sizeof(float));
}

void run_local_response_rows(const KernelArgs& args) {
  const auto& op = *std::get_if<LocalResponseNorm>(&args.op);
  const LocalResponseRow run_row = variant_of<NormVariant>(args.kernel).local_response;
  const std::int64_t channels = args.dst.shape.last();
  const std::int64_t elements = padded_elements(op, channels, args.kernel.tile.lanes);
  auto* padded = reinterpret_cast<float*>(args.scratch);
  std::fill_n(padded, elements, 0.0F);
  BufferView<1> padded_view(padded, {{{elements, 1}}});
  for (std::int64_t row = args.row_begin; row < args.row_end; ++row) {
    const Index index = index_of(args.dst.shape, row * channels);
    const float* src = args.src[0].as<float>() + offset_of(args.src[0], index);
    std::memcpy(padded + (op.size - 1) / 2, src,
                static_cast<std::size_t>(channels) * sizeof(float));
    BufferView<1> src_view(src, {{{channels, 1}}});
    BufferView<1> dst_view(args.dst.as<float>() + offset_of(args.dst, index), {{{channels, 1}}});
    run_row(src_view.get(), padded_view.get(), op.size, op.alpha, op.beta, op.bias, dst_view.get());
  }
}

}  // namespace tilewright::kernels
