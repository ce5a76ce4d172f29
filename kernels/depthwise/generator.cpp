// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution, vectors along the channels.
//
//   dst(c, x, y) = clamp(bias(c) + sum over ky, kx of filter(c, kx, ky) * src(..), lo, hi)
//
// depthwise_f32 is for one filter size and stride and for windows that stay inside src, or that
// lose the same rows and columns of the filter to the padding: it reads src(c, x * stride + kx, y *
// stride + ky), holds a tile of outputs in registers and shares the pixels that its windows have in
// common. depthwise_any_f32 takes any number of taps at any distance, src(c, kx, ky, x, y), for
// borders and all else, and brings each tap to a tile of neighbouring outputs. Both sum in the
// order ky, kx. depthwise_copy_f32 brings blocks of channels into strips.
#include <array>

#include "kernels/halide/epilogue.h"

namespace tilewright::kernels::generators {
namespace {

using Halide::TailStrategy;

/// Operands of images: channels are dense, the other dimensions as the caller says.
template <typename T>
void from_zero(T& operand, int dimensions) {
  for (int d = 0; d < dimensions; ++d)
    operand.dim(d).set_min(0);
}

/// sum + a * b with sums in the order they are written, so that both functions give the same bits:
/// LLVM reorders unrolled sums, except of fused multiply-adds and where it is told to be strict.
Halide::Expr ordered_sum(const Halide::Target& target, const Halide::Expr& sum,
                         const Halide::Expr& a, const Halide::Expr& b) {
  const bool fuses = target.arch != Halide::Target::X86 || target.has_feature(Halide::Target::FMA);
  return fuses ? sum + a * b : Halide::strict_float(sum + a * b);
}

class DepthwiseF32 : public Halide::Generator<DepthwiseF32> {
 public:
  GeneratorParam<int> filter_h{"filter_h", 3};
  GeneratorParam<int> filter_w{"filter_w", 3};
  GeneratorParam<int> stride{"stride", 1};
  GeneratorParam<int> tile_x{"tile_x", 4};
  GeneratorParam<int> tile_y{"tile_y", 1};
  GeneratorParam<int> vectors{"vectors", 1};
  GeneratorParam<int> lanes{"lanes", 4};
  GeneratorParam<int> order{"order", 0};

  Input<Buffer<float, 3>> src{"src"};      // c, x, y
  Input<Buffer<float, 3>> filter{"taps"};  // c, kx, ky
  Input<Buffer<float, 1>> bias{"bias"};    // c
  Input<float> lo{"lo"};
  Input<float> hi{"hi"};
  Output<Buffer<float, 3>> dst{"dst"};  // c, x, y; at least one tile in each dimension

  void generate() {
    const int block = static_cast<int>(lanes) * static_cast<int>(vectors);
    Halide::RDom k(0, filter_w, 0, filter_h);
    Var c("c"), x("x"), y("y"), xi("xi"), yi("yi"), ci("ci");
    Func sum("sum");
    sum(c, x, y) = bias(c);
    sum(c, x, y) = ordered_sum(target, sum(c, x, y), filter(c, k.x, k.y),
                               src(c, x * stride + k.x, y * stride + k.y));
    dst(c, x, y) = clamp_keep_nan(sum(c, x, y), lo, hi);

    dst.split(c, c, ci, block, TailStrategy::ShiftInwards)
        .split(x, x, xi, tile_x, TailStrategy::ShiftInwards)
        .split(y, y, yi, tile_y, TailStrategy::ShiftInwards);
    const std::array<Var, 3> loops = loop_order(c, x, y);
    dst.reorder(ci, xi, yi, loops[0], loops[1], loops[2]);
    dst.vectorize(ci, lanes).unroll(ci).unroll(xi).unroll(yi);
    sum.compute_at(dst, loops[0]).store_in(Halide::MemoryType::Register);
    sum.bound_extent(c, block).bound_extent(x, tile_x).bound_extent(y, tile_y);
    sum.vectorize(c, lanes).unroll(c).unroll(x).unroll(y);
    sum.update().reorder(c, x, y, k.x, k.y).unroll(k.x).unroll(k.y);
    sum.update().vectorize(c, lanes).unroll(c).unroll(x).unroll(y);

    from_zero(src, 3);
    from_zero(filter, 3);
    from_zero(bias, 1);
    from_zero(dst, 3);
  }

 private:
  /// The loops over tiles, the innermost first.
  std::array<Var, 3> loop_order(const Var& c, const Var& x, const Var& y) const {
    switch (static_cast<int>(order)) {
      case 1:
        return {x, y, c};
      case 2:
        return {y, c, x};
      case 3:
        return {y, x, c};
      default:
        return {c, x, y};
    }
  }
};

class DepthwiseAnyF32 : public Halide::Generator<DepthwiseAnyF32> {
 public:
  GeneratorParam<int> tile_x{"tile_x", 1};
  GeneratorParam<int> vectors{"vectors", 1};
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 5>> src{"src"};      // c, kx, ky, x, y
  Input<Buffer<float, 3>> filter{"taps"};  // c, kx, ky
  Input<Buffer<float, 1>> bias{"bias"};    // c
  Input<float> lo{"lo"};
  Input<float> hi{"hi"};
  Output<Buffer<float, 3>> dst{"dst"};  // c, x, y

  void generate() {
    Halide::RDom k(0, src.dim(1).extent(), 0, src.dim(2).extent());
    Var c("c"), x("x"), y("y"), ci("ci"), xi("xi");
    Func sum("sum");
    sum(c, x, y) = bias(c);
    sum(c, x, y) = ordered_sum(target, sum(c, x, y), filter(c, k.x, k.y), src(c, k.x, k.y, x, y));
    dst(c, x, y) = clamp_keep_nan(sum(c, x, y), lo, hi);

    const int block = static_cast<int>(lanes) * static_cast<int>(vectors);
    dst.split(c, c, ci, block, TailStrategy::ShiftInwards)
        .split(x, x, xi, tile_x, TailStrategy::ShiftInwards)
        .reorder(ci, xi, c, x, y)
        .vectorize(ci, lanes)
        .unroll(ci)
        .unroll(xi);
    sum.compute_at(dst, c).store_in(Halide::MemoryType::Register);
    sum.bound_extent(c, block).bound_extent(x, tile_x).vectorize(c, lanes).unroll(c).unroll(x);
    sum.update().reorder(c, x, k.x, k.y).vectorize(c, lanes).unroll(c).unroll(x);

    from_zero(src, 5);
    from_zero(filter, 3);
    from_zero(bias, 1);
    from_zero(dst, 3);
  }
};

/// dst(c, x, y) = src(c, x, y)
class DepthwiseCopyF32 : public Halide::Generator<DepthwiseCopyF32> {
 public:
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 3>> src{"src"};
  Output<Buffer<float, 3>> dst{"dst"};  // whole vectors of channels

  void generate() {
    Var c("c"), x("x"), y("y");
    dst(c, x, y) = src(c, x, y);
    dst.vectorize(c, lanes, TailStrategy::RoundUp);
    from_zero(src, 3);
    from_zero(dst, 3);
  }
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::DepthwiseF32, depthwise_f32)
HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::DepthwiseAnyF32, depthwise_any_f32)
HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::DepthwiseCopyF32, depthwise_copy_f32)
