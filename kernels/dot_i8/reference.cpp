// SPDX-License-Identifier: Apache-2.0
// Dense products of int8, written to be read. Sums are of 32 bits and wrap.
//
//   conv2d:           dst[n, y, x, o] = rescaled(bias[o] + sum over kh, kw, i of
//                         (src[n, y * stride_h - pad_top + kh * dilation_h,
//                              x * stride_w - pad_left + kw * dilation_w, g + i] - zero point)
//                         * filter[o, kh, kw, i])
//                     where g is the first channel of o's group; outside its bounds src reads as
//                     its zero point.
//   fully_connected:  dst[.., n] = rescaled(bias[n] + sum over k of (src[.., k] - zero point)
//                         * weights[n, k])
#include <cstring>

#include "kernels/dot/conv2d_products.h"
#include "kernels/dot_i8/dot_i8_references.h"
#include "kernels/dot_i8/rescaling.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

constexpr std::int64_t kHeadBytes = kTensorAlignment;
static_assert(sizeof(Rescaling) <= kHeadBytes);

/// A sum of 32 bits that wraps.
class Sum {
 public:
  explicit Sum(std::int32_t first) : bits_(static_cast<std::uint32_t>(first)) {}
  /// (value - zero_point) * weight
  void add(std::int8_t value, std::int32_t zero_point, std::int8_t weight) {
    bits_ += (static_cast<std::uint32_t>(value) - static_cast<std::uint32_t>(zero_point)) *
             static_cast<std::uint32_t>(weight);
  }
  [[nodiscard]] std::int32_t value() const { return static_cast<std::int32_t>(bits_); }

 private:
  std::uint32_t bits_;
};

const Rescaling& rescaling(const KernelArgs& args) {
  return *reinterpret_cast<const Rescaling*>(args.packed);
}

std::int8_t stored(const KernelArgs& args, const Sum& sum, std::int64_t column) {
  float multiplier = 0;
  std::memcpy(&multiplier, args.packed + kHeadBytes + column * 4, sizeof multiplier);
  return rescaled(sum.value(), multiplier, rescaling(args));
}

}  // namespace

void run_conv2d_i8_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<Conv2d>(&args.op);
  for_each_element(args, [&](const Index& index) {
    Sum sum(element<std::int32_t>(args.src[2], {index[3]}));
    for_each_product(op, args.src[0].shape, args.src[1].shape, index,
                     [&](const Index& src, const Index& filter) {
                       sum.add(element<std::int8_t>(args.src[0], src),
                               rescaling(args).src_zero_point,
                               element<std::int8_t>(args.src[1], filter));
                     });
    element<std::int8_t>(args.dst, index) = stored(args, sum, index[3]);
  });
}

void run_fully_connected_i8_reference(const KernelArgs& args) {
  const int last = args.dst.shape.rank() - 1;
  for_each_element(args, [&](const Index& index) {
    const std::int64_t n = at(index, last);
    Sum sum(element<std::int32_t>(args.src[2], {n}));
    Index src = index;
    for (std::int64_t k = 0; k < args.src[0].shape.last(); ++k) {
      at(src, last) = k;
      sum.add(element<std::int8_t>(args.src[0], src), rescaling(args).src_zero_point,
              element<std::int8_t>(args.src[1], {n, k}));
    }
    element<std::int8_t>(args.dst, index) = stored(args, sum, n);
  });
}

std::int64_t i8_reference_bytes(const Call& call, const Kernel&, const KernelConfig&) {
  return kHeadBytes + 4 * call.dst.shape.last();
}

void pack_i8_reference(const Call& call, const Kernel&, const KernelConfig&,
                       std::span<const std::byte* const>, std::byte* packed) {
  const Rescaling head = rescaling_of(call, dense_activation(call.op));
  std::memcpy(packed, &head, sizeof head);
  for (std::int64_t column = 0; column < call.dst.shape.last(); ++column) {
    const float multiplier = multiplier_of(call, column);
    std::memcpy(packed + kHeadBytes + column * 4, &multiplier, sizeof multiplier);
  }
}

}  // namespace tilewright::kernels
