// SPDX-License-Identifier: Apache-2.0
// A strip of windows side by side.
//
//   dst(c, x) = clamp(f of src(c, kx, ky, x) over kx, ky)
//
// Lines of a window first, which keeps the error of a sum small. Windows overlap through the
// strides of src. The last vector of channels is moved inwards, over channels that are computed
// twice.
#include "kernels/halide/elementary.h"
#include "kernels/halide/row_buffers.h"

namespace tilewright::kernels::generators {
namespace {

class Pool : public Halide::Generator<Pool> {
 public:
  GeneratorParam<std::string> op{"op", "max"};
  GeneratorParam<int> size{"size", 0};  // of the window; 0: any
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 4>> src{"src"};
  Input<float> count{"count"};
  Input<float> lo{"lo"};
  Input<float> hi{"hi"};
  Output<Buffer<float, 2>> dst{"dst"};

  void generate() {
    const RDom kx(0, size > 0 ? Expr(size) : src.dim(1).extent());
    const RDom ky(0, size > 0 ? Expr(size) : src.dim(2).extent());
    line(c, k, x) = start();
    line(c, k, x) = next(line(c, k, x), src(c, kx, k, x));
    window(c, x) = start();
    window(c, x) = next(window(c, x), line(c, ky, x));
    const Expr value = is_max() ? window(c, x) : window(c, x) / count;
    dst(c, x) = Halide::strict_float(clamp_keep_nan(is_flat() ? largest_cell() : value, lo, hi));
    schedule(kx, ky);
    describe_rows(src);
    describe_rows(dst);
  }

 private:
  [[nodiscard]] bool is_max() const { return op.value() == "max"; }
  /// Whether the window is spelled out in one expression.
  [[nodiscard]] bool is_flat() const { return is_max() && size > 0; }

  /// The same as line by line. Comparisons skip NaN; whether there was one is asked of two cells at
  /// a time.
  [[nodiscard]] Expr largest_cell() const {
    const int columns = size;
    Expr largest = src(c, 0, 0, x);
    Expr has_nan = Halide::is_nan(largest);
    for (int at = 1; at < columns * columns; ++at) {
      const Expr cell = src(c, at % columns, at / columns, x);
      largest = Halide::select(largest < cell, cell, largest);
      has_nan = has_nan || Halide::is_nan(cell);
    }
    const Expr not_a_number = Expr(std::numeric_limits<float>::quiet_NaN());
    return Halide::select(has_nan, not_a_number, largest);
  }
  [[nodiscard]] Expr start() const {
    return is_max() ? Expr(-std::numeric_limits<float>::infinity()) : number(0);
  }
  [[nodiscard]] Expr next(const Expr& so_far, const Expr& cell) const {
    return Halide::strict_float(is_max() ? larger(so_far, cell) : so_far + cell);
  }

  void schedule(const RDom& kx, const RDom& ky) {
    const int vector = lanes;
    dst.split(c, block, lane, vector, Halide::TailStrategy::ShiftInwards).vectorize(lane);
    if (is_flat()) return;
    window.compute_at(dst, block).store_in(Halide::MemoryType::Register);
    window.bound_extent(c, vector).vectorize(c).update().reorder(c, ky).vectorize(c);
    line.compute_at(window, ky).store_in(Halide::MemoryType::Register);
    line.bound_extent(c, vector).vectorize(c).update().reorder(c, kx).vectorize(c);
    if (size > 0) {
      window.update().unroll(ky);
      line.update().unroll(kx);
    }
  }

  Var c{"c"}, x{"x"}, k{"k"}, block{"block"}, lane{"lane"};
  Func line{"line"}, window{"window"};
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::Pool, pool_f32)
