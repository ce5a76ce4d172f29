// SPDX-License-Identifier: Apache-2.0
// A strip of windows side by side.
//
//   dst(c, x) = clamp(f of src(c, kx, ky, x) over kx, ky)
//
// Windows overlap through the strides of src. The last vector of channels is moved inwards, over
// channels that are computed twice.
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
    const std::string& name = op;
    const bool is_max = name == "max";
    const int fixed = size;
    const RDom k =
        fixed > 0 ? RDom(0, fixed, 0, fixed) : RDom(0, src.dim(1).extent(), 0, src.dim(2).extent());
    const Expr cell = src(c, k.x, k.y, x);
    sum(c, x) = is_max ? Expr(-std::numeric_limits<float>::infinity()) : number(0);
    sum(c, x) = Halide::strict_float(is_max ? larger(sum(c, x), cell) : sum(c, x) + cell);
    const Expr value = is_max ? sum(c, x) : sum(c, x) / count;
    dst(c, x) = Halide::strict_float(clamp_keep_nan(value, lo, hi));
    schedule(k);
    describe_rows(src);
    describe_rows(dst);
  }

 private:
  void schedule(const RDom& k) {
    const int vector = lanes;
    dst.split(c, block, lane, vector, Halide::TailStrategy::ShiftInwards).vectorize(lane);
    sum.compute_at(dst, block).store_in(Halide::MemoryType::Register);
    sum.bound_extent(c, vector).vectorize(c);
    sum.update().reorder(c, k.x, k.y).vectorize(c);
    if (size > 0) sum.update().unroll(k.x).unroll(k.y);
  }

  Var c{"c"}, x{"x"}, block{"block"}, lane{"lane"};
  Func sum{"sum"};
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::Pool, pool_f32)
