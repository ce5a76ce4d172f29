// SPDX-License-Identifier: Apache-2.0
// The dot kernel: a register tile of mr rows and nr columns, summed over three nested reductions.
//
//   dst[jt, it](i, j) = clamp(bias[jt](j) + sum over k3, k2, k1 of src[it](i, k1, k2, k3)
//                                                                * weights[jt](j, k1, k2, k3)
//                             + addend[jt, it](i, j), lo, hi)
//
// All operands are strided views, so that one kernel serves matrices (k1 alone), packed panels and
// windows of images (overlapping strides: k1 channels, k2 columns, k3 rows of the filter). Tall
// tiles have more rows than the processor has registers for addresses; where `src_row`, the
// distance of rows, is known, one address reaches all. The tile is held in registers over the whole
// reduction; loops over row tiles run inside those over column tiles, so that a panel of weights
// stays in the first-level cache.
#include "kernels/halide/epilogue.h"

namespace tilewright::kernels::generators {
namespace {

class DotF32 : public Halide::Generator<DotF32> {
 public:
  GeneratorParam<int> mr{"mr", 4};
  GeneratorParam<int> nr{"nr", 8};
  GeneratorParam<int> lanes{"lanes", 4};
  GeneratorParam<bool> add{"add", false};
  GeneratorParam<int> src_row{"src_row", 0};
  GeneratorParam<bool> masked{"masked", false};
  // Elements of k1 that a vector holds of each column. With 2, panels of 8 or 24 columns fill
  // vectors of 16, one load brings both elements of a row to all columns, and the two sums meet at
  // the end.
  GeneratorParam<int> depth{"depth", 1};

  Input<Buffer<float, 5>> src{"src"};          // i, k1, k2, k3, it
  Input<Buffer<float, 5>> weights{"weights"};  // j, k1, k2, k3, jt
  Input<Buffer<float, 2>> bias{"bias"};        // j, jt
  Input<int> columns{"columns"};               // of all panels, if masked: the rest is not touched
  Input<float> lo{"lo"};
  Input<float> hi{"hi"};
  Input<Buffer<float>>* addend = nullptr;  // as dst; may be dst itself
  Output<Buffer<float, 4>> dst{"dst"};     // j, i, jt, it

  void configure() {
    if (add) addend = add_input<Buffer<float>>("addend", 4);
  }

  void generate() {
    RDom k(0, weights.dim(1).extent(), 0, weights.dim(2).extent(), 0, weights.dim(3).extent());
    sum(p, j, i, jt, it) = Halide::select(p == 0, bias(j, jt), 0.0F);
    sum(p, j, i, jt, it) +=
        src(i, depth * k.x + p, k.y, k.z, it) * weights(depth * j + p, k.x, k.y, k.z, jt);
    masked ? store_columns() : store_all();
    schedule_sum(k);
    describe_operands();
  }

 private:
  [[nodiscard]] int panel_width() const { return int{nr} * int{depth}; }

  Halide::Expr result(const Halide::Expr& column) {
    // LLVM would join neighbours by a horizontal addition, which reaches only the first 16
    // registers of AVX-512, and spill the tile. A factor of 1 that it cannot know prevents that.
    Halide::Expr total = sum(0, column, i, jt, it);
    for (int part = 1; part < depth; ++part)
      total +=
          sum(part, column, i, jt, it) * Halide::select(weights.dim(4).extent() > 0, 1.0F, 0.0F);
    return clamp_keep_nan(add ? total + (*addend)(column, i, jt, it) : total, lo, hi);
  }

  void store_all() {
    dst(j, i, jt, it) = result(j);
    dst.bound(j, 0, nr).bound(i, 0, mr).reorder(j, i, it, jt);
    dst.vectorize(j, lanes).unroll(j).unroll(i);
  }

  /// The columns of the last panel that there are.
  void store_columns() {
    RDom column(0, nr);
    column.where(column < columns - jt * nr);
    dst(j, i, jt, it) = Halide::undef<float>();
    dst(column, i, jt, it) = result(column);
    dst.bound(j, 0, nr).bound(i, 0, mr);
    dst.update().reorder(column, i, it, jt).vectorize(column, lanes).unroll(column).unroll(i);
  }

  void schedule_sum(const RDom& k) {
    sum.compute_at(dst, it).store_in(Halide::MemoryType::Register);
    sum.bound(p, 0, depth).bound_extent(j, nr).bound_extent(i, mr);
    sum.reorder(p, j, i).vectorize(p).vectorize(j, lanes).unroll(j).unroll(i);
    sum.update().reorder(p, j, i, k.x, k.y, k.z);
    sum.update().vectorize(p).vectorize(j, lanes).unroll(j).unroll(i);
  }

  void describe_operands() {
    dst.dim(0).set_bounds(0, nr).set_stride(1);
    dst.dim(1).set_bounds(0, mr);
    dst.dim(2).set_min(0);
    dst.dim(3).set_min(0);
    if (add) {
      addend->dim(0).set_bounds(0, nr).set_stride(1);
      addend->dim(1).set_bounds(0, mr);
      addend->dim(2).set_min(0);
      addend->dim(3).set_min(0);
    }
    bias.dim(0).set_bounds(0, nr).set_stride(1);
    bias.dim(1).set_min(0);
    weights.dim(0).set_bounds(0, panel_width()).set_stride(1);
    weights.dim(1).set_min(0).set_stride(panel_width());
    for (int d = 2; d < 5; ++d)
      weights.dim(d).set_min(0);
    src.dim(0).set_bounds(0, mr).set_stride(src_row > 0 ? Halide::Expr(src_row) : Halide::Expr());
    src.dim(1).set_min(0).set_stride(1);
    for (int d = 2; d < 5; ++d)
      src.dim(d).set_min(0);
  }

  Var p{"p"}, j{"j"}, i{"i"}, jt{"jt"}, it{"it"};
  Func sum{"sum"};
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::DotF32, dot_f32)
