// SPDX-License-Identifier: Apache-2.0
// Rows of normalisations.
//
//   local_response_norm_f32: dst(c) = src(c) * exp(-beta * ln(bias + alpha * sum of padded(c + j)^2
//                            over j < size)), by square roots for the usual beta of 3 / 4
//   layer_norm_f32: dst(c, y) = (src(c, y) - mean(y)) / sqrt(variance(y) + epsilon) * scale(c) +
//                   bias(c)
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
    const Expr base = bias + alpha * sum(c);
    const Expr usual = src(c) / (Halide::sqrt(base) * Halide::sqrt(Halide::sqrt(base)));
    const Expr scale = exponential(-(beta * logarithm(base)));
    const Expr is_usual = beta == number(0.75);
    dst(c) = Halide::strict_float(Halide::select(is_usual, usual, src(c) * scale));

    dst.split(c, block, lane, vector, Halide::TailStrategy::GuardWithIf).vectorize(lane);
    dst.specialize(is_usual);
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

/// One line per y; lanes hold parts of the sums until its end. The variance is summed from the
/// differences to the mean, in a second pass: the line is in the first-level cache.
class LayerNorm : public Halide::Generator<LayerNorm> {
 public:
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 2>> src{"src"};
  Input<Buffer<float, 1>> scale{"scale"};
  Input<Buffer<float, 1>> bias{"bias"};
  Input<float> epsilon{"epsilon"};
  Output<Buffer<float, 2>> dst{"dst"};

  void generate() {
    const int vector = lanes;
    const Expr columns = src.dim(0).extent();
    const Expr count = Halide::cast<float>(columns);
    mean(y) = sum_of(part_sum, [&](const Expr& x) { return x; }) / count;
    const auto squared = [&](const Expr& x) { return (x - mean(y)) * (x - mean(y)); };
    const Expr variance = sum_of(part_square, squared) / count;
    factor(y) = Halide::strict_float(number(1) / Halide::sqrt(variance + epsilon));
    dst(c, y) = Halide::strict_float((src(c, y) - mean(y)) * factor(y) * scale(c) + bias(c));

    dst.vectorize(c, vector, Halide::TailStrategy::ShiftInwards);
    mean.compute_at(dst, y).store_in(Halide::MemoryType::Register);
    factor.compute_at(dst, y).store_in(Halide::MemoryType::Register);
    describe_rows(src);
    describe_rows(scale);
    describe_rows(bias);
    describe_rows(dst);
  }

 private:
  /// The sum of `of` every element of line y. The last vector is moved inwards; lanes that were
  /// counted before are left out.
  template <typename F>
  Expr sum_of(Func& part, F&& of) {
    const int vector = lanes;
    const Expr columns = src.dim(0).extent();
    const Expr rest = columns % vector;
    const RDom whole(0, columns / vector);
    const RDom last(0, (rest + vector - 1) / vector);
    const auto plus = [](const Expr& a, const Expr& b) { return Halide::strict_float(a + b); };
    const Expr tail = of(src(last + columns - vector + lane, y));
    part(lane, y) = number(0);
    part(lane, y) = plus(part(lane, y), Halide::strict_float(of(src(whole * vector + lane, y))));
    part(lane, y) = plus(part(lane, y), Halide::select(lane >= vector - rest,
                                                       Halide::strict_float(tail), number(0)));
    part.compute_at(dst, y).store_in(Halide::MemoryType::Stack);
    part.bound(lane, 0, vector).vectorize(lane);
    part.update(0).reorder(lane, whole).vectorize(lane);
    part.update(1).reorder(lane, last).vectorize(lane);
    return over_lanes(part, vector, 0);
  }

  Expr over_lanes(Func& part, int size, int first) {
    if (size == 1) return part(first, y);
    return Halide::strict_float(over_lanes(part, size / 2, first) +
                                over_lanes(part, size / 2, first + size / 2));
  }

  Var c{"c"}, y{"y"}, lane{"lane"};
  Func part_sum{"part_sum"}, part_square{"part_square"}, mean{"mean"}, factor{"factor"};
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::LocalResponseNorm,
                          local_response_norm_f32)
HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::LayerNorm, layer_norm_f32)
