// SPDX-License-Identifier: Apache-2.0
// A row of local response normalisation.
//
//   dst(c) = src(c) * exp(-beta * ln(bias + alpha * sum of padded(c + j)^2 over j < size))
#include "kernels/halide/elementary.h"
#include "kernels/halide/row_buffers.h"

namespace tilewright::kernels::generators {
namespace {

class LocalResponseNorm : public Halide::Generator<LocalResponseNorm> {
 public:
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 1>> src{"src"};
  Input<Buffer<float, 1>> padded{"padded"};
  Input<std::int32_t> size{"size"};
  Input<float> alpha{"alpha"};
  Input<float> beta{"beta"};
  Input<float> bias{"bias"};
  Output<Buffer<float, 1>> dst{"dst"};

  void generate() {
    const int vector = lanes;
    const RDom j(0, size);
    sum(c) = number(0);
    sum(c) = Halide::strict_float(sum(c) + padded(c + j) * padded(c + j));
    const Expr scale = exponential(-(beta * logarithm(bias + alpha * sum(c))));
    dst(c) = Halide::strict_float(src(c) * scale);

    dst.split(c, block, lane, vector, Halide::TailStrategy::GuardWithIf).vectorize(lane);
    sum.compute_at(dst, block).store_in(Halide::MemoryType::Register);
    sum.bound_extent(c, vector).vectorize(c).update().reorder(c, j).vectorize(c);
    describe_rows(src);
    describe_rows(padded);
    describe_rows(dst);
  }

 private:
  Var c{"c"}, block{"block"}, lane{"lane"};
  Func sum{"sum"};
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::LocalResponseNorm,
                          local_response_norm_f32)
