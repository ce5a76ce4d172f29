// SPDX-License-Identifier: Apache-2.0
// Softmax of many short vectors, or of the columns of a matrix.
//
//   dst(i) = exp(beta * (src(i) - max)) / sum over j of exp(beta * (src(j) - max))
//
// The exponentials are computed twice, once for the sum: no memory between is needed.
#include "kernels/halide/elementary.h"
#include "kernels/halide/row_buffers.h"

namespace tilewright::kernels::generators {
namespace {

class Softmax : public Halide::Generator<Softmax> {
 public:
  GeneratorParam<std::string> along{"along", "rows"};
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 2>> src{"src"};
  Input<float> beta{"beta"};
  Output<Buffer<float, 2>> dst{"dst"};

  void generate() {
    if (along.value() == "rows") {
      define_rows();
    } else {
      define_columns();
    }
    describe_rows(src);
    describe_rows(dst);
  }

 private:
  static Expr maximum_of(const Expr& a, const Expr& b) {
    return Halide::strict_float(Halide::select(a < b, b, a));
  }
  /// 0 where the power has no normal float.
  Expr shifted(const Expr& value, const Expr& maximum) {
    const Expr x = beta * (value - maximum);
    return Halide::strict_float(
        Halide::select(x < number(-87.3), number(0), bounded_exponential(x)));
  }

  /// One line per y; lanes hold parts of the maximum and of the sum until its end. The last vector
  /// of a line is moved inwards; lanes that were counted before are left out. (Masked stores were
  /// tried: they stall the loads behind them.)
  void define_rows() {
    const int vector = lanes;
    const Expr columns = src.dim(0).extent();
    const Expr rest = columns % vector;
    const RDom whole(0, columns / vector);
    const RDom last(0, (rest + vector - 1) / vector);
    const Expr is_uncounted = lane >= vector - rest;
    const Expr cell = src(whole * vector + lane, y);
    const Expr last_cell = src(last + columns - vector + lane, y);
    const Expr lowest = Expr(-std::numeric_limits<float>::infinity());
    const auto plus = [](const Expr& a, const Expr& b) { return Halide::strict_float(a + b); };

    part_max(lane, y) = lowest;
    part_max(lane, y) = maximum_of(part_max(lane, y), cell);
    part_max(lane, y) =
        maximum_of(part_max(lane, y), Halide::select(is_uncounted, last_cell, lowest));
    max(y) = over_lanes(part_max, vector, maximum_of);

    part_sum(lane, y) = number(0);
    part_sum(lane, y) = plus(part_sum(lane, y), shifted(cell, max(y)));
    part_sum(lane, y) = plus(part_sum(lane, y),
                             Halide::select(is_uncounted, shifted(last_cell, max(y)), number(0)));
    sum(y) = over_lanes(part_sum, vector, plus);

    dst(x, y) = Halide::strict_float(shifted(src(x, y), max(y)) / sum(y));
    dst.vectorize(x, vector, Halide::TailStrategy::ShiftInwards);
    max.compute_at(dst, y).store_in(Halide::MemoryType::Register);
    sum.compute_at(dst, y).store_in(Halide::MemoryType::Register);
    for (Func* part : {&part_max, &part_sum}) {
      part->compute_at(dst, y).store_in(Halide::MemoryType::Stack);
      part->bound(lane, 0, vector).vectorize(lane);
      part->update(0).reorder(lane, whole).vectorize(lane);
      part->update(1).reorder(lane, last).vectorize(lane);
    }
  }

  template <typename F>
  Expr over_lanes(Func& part, int size, F&& combine, int first = 0) {
    if (size == 1) return part(first, y);
    return combine(over_lanes(part, size / 2, combine, first),
                   over_lanes(part, size / 2, combine, first + size / 2));
  }

  /// A vector of columns at once; the last is moved inwards.
  void define_columns() {
    const int vector = lanes;
    const RDom j(0, src.dim(1).extent());
    max(x) = Expr(-std::numeric_limits<float>::infinity());
    max(x) = maximum_of(max(x), src(x, j));
    sum(x) = number(0);
    sum(x) = Halide::strict_float(sum(x) + shifted(src(x, j), max(x)));
    dst(x, y) = Halide::strict_float(shifted(src(x, y), max(x)) / sum(x));

    dst.split(x, block, lane, vector, Halide::TailStrategy::ShiftInwards);
    dst.reorder(lane, y, block).vectorize(lane);
    for (Func* part : {&max, &sum}) {
      part->compute_at(dst, block).store_in(Halide::MemoryType::Register);
      part->bound_extent(x, vector).vectorize(x).update().reorder(x, j).vectorize(x);
    }
  }

  Var x{"x"}, y{"y"}, lane{"lane"}, block{"block"};
  Func part_max{"part_max"}, part_sum{"part_sum"}, max{"max"}, sum{"sum"};
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::Softmax, softmax_f32)
