// SPDX-License-Identifier: Apache-2.0
// A line of a bilinear resize.
//
//   dst(c, x) = mix(mix(top(c, x0), top(c, x1), wx), mix(bottom(c, x0), bottom(c, x1), wx), wy)
//   mix(a, b, w) = a * (1 - w) + b * w, and a alone if w is 0
//
// x0 and x1 are whole numbers kept as floats, so that one table has all three.
#include "kernels/halide/elementary.h"
#include "kernels/halide/row_buffers.h"

namespace tilewright::kernels::generators {
namespace {

class BilinearLine : public Halide::Generator<BilinearLine> {
 public:
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 2>> top{"top"};        // c, x of the input
  Input<Buffer<float, 2>> bottom{"bottom"};  // c, x of the input
  Input<Buffer<float, 2>> cells{"cells"};    // x of the output, 3
  Input<float> bottom_weight{"bottom_weight"};
  Output<Buffer<float, 2>> dst{"dst"};

  void generate() {
    const Expr first = column(0);
    const Expr second = column(1);
    const Expr weight = cells(x, 2);
    const Expr above = mix(top(c, first), top(c, second), weight);
    const Expr below = mix(bottom(c, first), bottom(c, second), weight);
    dst(c, x) = Halide::strict_float(mix(above, below, bottom_weight));
    dst.specialize(dst.dim(0).extent() >= lanes)
        .vectorize(c, lanes, Halide::TailStrategy::ShiftInwards);
    dst.vectorize(c, lanes, Halide::TailStrategy::GuardWithIf);
    describe_rows(top);
    describe_rows(bottom);
    describe_rows(cells);
    describe_rows(dst);
  }

 private:
  /// A column of the input from the table, which holds none outside it.
  Expr column(int which) {
    const Expr value = Halide::cast<std::int32_t>(cells(x, which));
    return Halide::unsafe_promise_clamped(value, 0, top.dim(1).extent() - 1);
  }

  static Expr mix(const Expr& a, const Expr& b, const Expr& weight) {
    return Halide::select(weight == number(0), a, a * (number(1) - weight) + b * weight);
  }

  Var c{"c"}, x{"x"};
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::BilinearLine, resize_bilinear_f32)
