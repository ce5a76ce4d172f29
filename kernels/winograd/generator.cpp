// SPDX-License-Identifier: Apache-2.0
// The transforms of Winograd's convolution, vectors along the channels. A tile of (m + 2) x (m + 2)
// pixels becomes as many planes, and the sums of each plane become m x m pixels:
//
//   planes(c, u, v, tile) = (bt * pixels(c, tile * m + ., .) * bt^T)(u, v)
//   dst(c, x, y, tile) = clamp(bias(c) + addend(c, x, y, tile)
//                              + (at * sums(c, ., ., tile) * at^T)(x, y), lo, hi)
//
// Points come in pairs p, -p: a row of bt for p is the sum of its even and of its odd part, that
// for -p their difference; columns of at likewise.
#include "kernels/halide/epilogue.h"
#include "kernels/winograd/winograd_matrices.h"

namespace tilewright::kernels::generators {
namespace {

using Halide::Expr;
using Halide::TailStrategy;
using Exprs = std::vector<Expr>;

/// sum + factor * x, without what does nothing.
Expr plus_product(const Expr& sum, double factor, const Expr& x) {
  if (factor == 0) return sum;
  const Expr term = factor == 1 ? x : x * Halide::cast<float>(Expr(factor));
  return sum.defined() ? sum + term : term;
}

/// The sum of row[k] * x[k] over k = first, first + step, ..
template <typename Row>
Expr partial_product(const Row& row, const Exprs& x, std::size_t first, std::size_t step) {
  Expr sum;
  for (std::size_t k = first; k < x.size(); k += step)
    sum = plus_product(sum, row[k], x[k]);
  return sum;
}

/// bt * x.
Exprs input_transform(const WinogradMatrices& matrices, const Exprs& x) {
  Exprs result{partial_product(matrices.bt[0], x, 0, 1)};
  for (std::size_t e = 1; e + 1 < x.size(); e += 2) {
    const Expr even = partial_product(matrices.bt[e], x, 0, 2);
    const Expr odd = partial_product(matrices.bt[e], x, 1, 2);
    result.push_back(even + odd);
    result.push_back(even - odd);
  }
  result.push_back(partial_product(matrices.bt[x.size() - 1], x, 0, 1));
  return result;
}

/// at * x.
Exprs output_transform(const WinogradMatrices& matrices, const Exprs& x) {
  Exprs result;
  for (std::size_t i = 0; i < static_cast<std::size_t>(matrices.outputs); ++i) {
    const auto& row = matrices.at[i];
    Expr sum = plus_product({}, row[0], x[0]);
    for (std::size_t e = 1; e + 1 < x.size(); e += 2)
      sum = plus_product(sum, row[e], i % 2 == 0 ? x[e] + x[e + 1] : x[e] - x[e + 1]);
    result.push_back(plus_product(sum, row[x.size() - 1], x[x.size() - 1]));
  }
  return result;
}

class WinogradInputF32 : public Halide::Generator<WinogradInputF32> {
 public:
  GeneratorParam<int> outputs{"outputs", 4};
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 3>> src{"src"};         // c, x, y; one vector of channels at least
  Output<Buffer<float, 4>> planes{"planes"};  // c, u, v, tile

  void generate() {
    const WinogradMatrices matrices = winograd_matrices(outputs);
    const int inputs = matrices.inputs;
    Var c("c"), u("u"), v("v"), tile("tile");
    Exprs column, row;
    for (int i = 0; i < inputs; ++i)
      column.push_back(src(c, tile * outputs + u, i));
    Func columns("columns");  // of bt * d
    columns(c, u, v, tile) = Halide::mux(v, input_transform(matrices, column));
    for (int i = 0; i < inputs; ++i)
      row.push_back(columns(c, i, v, tile));
    planes(c, u, v, tile) = Halide::mux(u, input_transform(matrices, row));

    planes.bound(u, 0, inputs).bound(v, 0, inputs).reorder(u, v, c, tile);
    planes.vectorize(c, lanes, TailStrategy::ShiftInwards).unroll(u).unroll(v);
    columns.compute_at(planes, c).store_in(Halide::MemoryType::Stack);
    columns.bound_extent(c, lanes).bound_extent(u, inputs).bound_extent(v, inputs);
    columns.reorder(v, u, c, tile).vectorize(c, lanes).unroll(u).unroll(v);
    for (int d = 0; d < 3; ++d)
      src.dim(d).set_min(0);
    planes.dim(0).set_min(0);
    planes.dim(1).set_bounds(0, inputs);
    planes.dim(2).set_bounds(0, inputs);
    planes.dim(3).set_min(0);
  }
};

class WinogradOutputF32 : public Halide::Generator<WinogradOutputF32> {
 public:
  GeneratorParam<int> outputs{"outputs", 4};
  GeneratorParam<int> lanes{"lanes", 4};
  GeneratorParam<bool> add{"add", false};

  Input<Buffer<float, 4>> sums{"sums"};  // c, u, v, tile
  Input<Buffer<float, 1>> bias{"bias"};  // c
  Input<float> lo{"lo"};
  Input<float> hi{"hi"};
  Input<Buffer<float>>* addend = nullptr;  // as dst; may be dst itself
  Output<Buffer<float, 4>> dst{"dst"};     // c, x, y, tile; whole vectors of channels

  void configure() {
    if (add) addend = add_input<Buffer<float>>("addend", 4);
  }

  void generate() {
    const WinogradMatrices matrices = winograd_matrices(outputs);
    Var c("c"), u("u"), x("x"), y("y"), tile("tile");
    Exprs column, row;
    for (int i = 0; i < matrices.inputs; ++i)
      column.push_back(sums(c, u, i, tile));
    Func columns("columns");  // of at * m
    columns(c, u, y, tile) = Halide::mux(y, output_transform(matrices, column));
    for (int i = 0; i < matrices.inputs; ++i)
      row.push_back(columns(c, i, y, tile));
    const Expr start = add ? bias(c) + (*addend)(c, x, y, tile) : Expr(bias(c));
    // A function of its own, so that the clamp's strict comparisons do not make its sums strict.
    Func sum("sum");
    sum(c, x, y, tile) = start + Halide::mux(x, output_transform(matrices, row));
    dst(c, x, y, tile) = clamp_keep_nan(sum(c, x, y, tile), lo, hi);

    dst.bound(x, 0, outputs).bound(y, 0, outputs).reorder(x, y, c, tile);
    dst.vectorize(c, lanes, TailStrategy::RoundUp).unroll(x).unroll(y);
    columns.compute_at(dst, c).store_in(Halide::MemoryType::Stack);
    columns.bound_extent(c, lanes).bound_extent(u, matrices.inputs).bound_extent(y, outputs);
    columns.reorder(y, u, c, tile).vectorize(c, lanes).unroll(u).unroll(y);
    sum.compute_at(dst, c).store_in(Halide::MemoryType::Stack);
    sum.bound_extent(c, lanes).bound_extent(x, outputs).bound_extent(y, outputs);
    sum.reorder(x, y, c, tile).vectorize(c, lanes).unroll(x).unroll(y);
    describe_operands(matrices.inputs);
  }

 private:
  void describe_operands(int inputs) {
    sums.dim(0).set_min(0);
    sums.dim(1).set_bounds(0, inputs);
    sums.dim(2).set_bounds(0, inputs);
    sums.dim(3).set_min(0);
    bias.dim(0).set_min(0);
    const auto describe = [&](auto& image) {
      image.dim(0).set_min(0);
      image.dim(1).set_bounds(0, outputs);
      image.dim(2).set_bounds(0, outputs);
      image.dim(3).set_min(0);
    };
    describe(dst);
    if (add) describe(*addend);
  }
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::WinogradInputF32, winograd_input_f32)
HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::WinogradOutputF32, winograd_output_f32)
