// SPDX-License-Identifier: Apache-2.0
// The dot kernel of 8-bit integers: a register tile of mr rows and nr columns of sums of 32 bits.
//
//   sum[jt, it](i, j) = bias[jt](j) + sum over k, p of src[it](i, k, p) * weights[jt](j, k, p)
//   dst[jt, it](i, j) = clamp(round(sum * scale[jt](j)), lo, hi) + zero_point
//
// p counts the `products` that one instruction adds to a sum: four of bytes (VNNI, where the left
// one is unsigned, and the dot products of NEON), two of 16 bits (AVX2). Sums wrap at 32 bits.
// Halves are rounded to even. `src` is in the form of the instruction already, or, if direct, int8
// as the tensor has it, which then is brought into this form on the way.
#include "kernels/halide/epilogue.h"

namespace tilewright::kernels::generators {
namespace {

using Halide::Expr;

class DotI8 : public Halide::Generator<DotI8> {
 public:
  GeneratorParam<int> mr{"mr", 4};
  GeneratorParam<int> nr{"nr", 16};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> products{"products", 2};
  GeneratorParam<bool> flips{"flips", false};  // the highest bit of src: it is unsigned then
  GeneratorParam<bool> direct{"direct", false};

  Input<Buffer<std::int8_t, 4>> weights{"weights"};  // p, j, k, jt
  Input<Buffer<std::int32_t, 2>> bias{"bias"};       // j, jt
  Input<Buffer<float, 2>> scale{"scale"};            // j, jt
  Input<float> lo{"lo"};
  Input<float> hi{"hi"};
  Input<std::int32_t> zero_point{"zero_point"};
  Input<Buffer<>>* src = nullptr;             // p, i, k, it
  Output<Buffer<std::int8_t, 4>> dst{"dst"};  // j, i, jt, it

  void configure() { src = add_input<Buffer<>>("src", direct ? Halide::Int(8) : form(), 4); }

  void generate() {
    RDom r(0, products, 0, weights.dim(2).extent());
    const Expr left = Halide::cast<std::int32_t>(formed((*src)(r.x, i, r.y, it)));
    const Expr right = Halide::cast<std::int32_t>(weights(r.x, j, r.y, jt));
    sum(j, i, jt, it) = bias(j, jt);
    sum(j, i, jt, it) += left * right;
    const Expr scaled = Halide::round(Halide::cast<float>(sum(j, i, jt, it)) * scale(j, jt));
    const Expr steps = Halide::cast<std::int32_t>(Halide::min(Halide::max(scaled, lo), hi));
    dst(j, i, jt, it) = Halide::cast<std::int8_t>(steps + zero_point);
    schedule(r);
    describe_operands();
  }

 private:
  [[nodiscard]] Halide::Type form() const {
    if (products == 2) return Halide::Int(16);
    return flips ? Halide::UInt(8) : Halide::Int(8);
  }

  [[nodiscard]] Expr formed(const Expr& element) const {
    if (!direct || !flips) return Halide::cast(form(), element);
    return Halide::reinterpret<std::uint8_t>(element) ^ Halide::cast<std::uint8_t>(0x80);
  }

  void schedule(const RDom& r) {
    dst.bound(j, 0, nr).bound(i, 0, mr).reorder(j, i, it, jt);
    dst.vectorize(j, lanes).unroll(j).unroll(i);
    sum.compute_at(dst, it).store_in(Halide::MemoryType::Register);
    sum.bound_extent(j, nr).bound_extent(i, mr);
    sum.vectorize(j, lanes).unroll(j).unroll(i);
    sum.update().reorder(r.x, j, i, r.y).vectorize(j, lanes).unroll(j).unroll(i);
    sum.update().atomic().vectorize(r.x);
  }

  void describe_operands() {
    dst.dim(0).set_bounds(0, nr).set_stride(1);
    dst.dim(1).set_bounds(0, mr);
    dst.dim(2).set_min(0);
    dst.dim(3).set_min(0);
    bias.dim(0).set_bounds(0, nr).set_stride(1);
    bias.dim(1).set_min(0).set_stride(nr);
    scale.dim(0).set_bounds(0, nr).set_stride(1);
    scale.dim(1).set_min(0).set_stride(nr);
    weights.dim(0).set_bounds(0, products).set_stride(1);
    weights.dim(1).set_bounds(0, nr).set_stride(products);
    weights.dim(2).set_min(0).set_stride(int{nr} * int{products});
    weights.dim(3).set_min(0);
    src->dim(0).set_bounds(0, products).set_stride(1);
    src->dim(1).set_bounds(0, mr);
    src->dim(2).set_min(0).set_stride(products);
    src->dim(3).set_min(0);
  }

  Var j{"j"}, i{"i"}, jt{"jt"}, it{"it"};
  Func sum{"sum"};
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::DotI8, dot_i8)
