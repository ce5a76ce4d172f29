// SPDX-License-Identifier: Apache-2.0
// Reductions over outer dimensions (columns stay) and over the innermost (rows end in one element).
//
//   reduce_columns_f32: dst(c, i) = f of src(c, k1, k2, i) over k1, k2, divided by count
//   reduce_rows_f32:    dst(i)    = f of src(x, k1, k2, i) over x, k1, k2, divided by count
//
// Long sums go by lines, and rows by lanes, which also keeps the error of a sum small.
#include "kernels/halide/elementary.h"
#include "kernels/halide/row_buffers.h"

namespace tilewright::kernels::generators {
namespace {

/// What a kind of reduction starts from and how it goes on.
struct Reduction {
  std::string name;

  [[nodiscard]] Expr start() const {
    const float infinity = std::numeric_limits<float>::infinity();
    if (name == "max") return Expr(-infinity);
    if (name == "min") return Expr(infinity);
    return number(name == "prod" ? 1 : 0);
  }
  [[nodiscard]] Expr next(const Expr& so_far, const Expr& x) const {
    if (name == "max") return Halide::strict_float(larger(so_far, x));
    if (name == "min") return Halide::strict_float(smaller(so_far, x));
    return Halide::strict_float(name == "prod" ? so_far * x : so_far + x);
  }
  /// Only sums are divided.
  [[nodiscard]] Expr end(const Expr& total, const Expr& count) const {
    return name == "sum" ? Halide::strict_float(total / count) : total;
  }
};

class ReduceColumns : public Halide::Generator<ReduceColumns> {
 public:
  GeneratorParam<std::string> op{"op", "sum"};
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 4>> src{"src"};
  Input<float> count{"count"};
  Output<Buffer<float, 2>> dst{"dst"};

  void generate() {
    const Reduction reduction{op};
    const RDom k1(0, src.dim(1).extent());
    const RDom k2(0, src.dim(2).extent());
    line(c, k, i) = reduction.start();
    line(c, k, i) = reduction.next(line(c, k, i), src(c, k1, k, i));
    total(c, i) = reduction.start();
    total(c, i) = reduction.next(total(c, i), line(c, k2, i));
    dst(c, i) = reduction.end(total(c, i), count);

    const int vector = lanes;
    dst.split(c, block, lane, vector, Halide::TailStrategy::ShiftInwards).vectorize(lane);
    total.compute_at(dst, block).store_in(Halide::MemoryType::Register);
    total.bound_extent(c, vector).vectorize(c).update().reorder(c, k2).vectorize(c);
    line.compute_at(total, k2).store_in(Halide::MemoryType::Register);
    line.bound_extent(c, vector).vectorize(c).update().reorder(c, k1).vectorize(c);
    describe_rows(src);
    describe_rows(dst);
  }

 private:
  Var c{"c"}, i{"i"}, k{"k"}, block{"block"}, lane{"lane"};
  Func line{"line"}, total{"total"};
};

class ReduceRows : public Halide::Generator<ReduceRows> {
 public:
  GeneratorParam<std::string> op{"op", "sum"};
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 4>> src{"src"};
  Input<float> count{"count"};
  Output<Buffer<float, 1>> dst{"dst"};

  void generate() {
    const Reduction reduction{op};
    const int vector = lanes;
    const Expr columns = src.dim(0).extent();
    const RDom whole(0, columns / vector, 0, src.dim(1).extent(), 0, src.dim(2).extent());
    const RDom tail(columns / vector * vector, columns % vector, 0, src.dim(1).extent(), 0,
                    src.dim(2).extent());
    part(lane, i) = reduction.start();
    part(lane, i) =
        reduction.next(part(lane, i), src(whole.x * vector + lane, whole.y, whole.z, i));
    total(i) = sum_of_lanes(reduction, 0, vector);
    total(i) = reduction.next(total(i), src(tail.x, tail.y, tail.z, i));
    dst(i) = reduction.end(total(i), count);

    total.compute_at(dst, i).store_in(Halide::MemoryType::Register);
    part.compute_at(dst, i).store_in(Halide::MemoryType::Stack);
    part.bound(lane, 0, vector).vectorize(lane);
    part.update().reorder(lane, whole.x, whole.y, whole.z).vectorize(lane);
    describe_rows(src);
    dst.dim(0).set_min(0).set_stride(Halide::Expr());
  }

 private:
  /// The parts of lanes [first, first + size), in pairs of halves.
  Expr sum_of_lanes(const Reduction& reduction, int first, int size) {
    if (size == 1) return part(first, i);
    return reduction.next(sum_of_lanes(reduction, first, size / 2),
                          sum_of_lanes(reduction, first + size / 2, size / 2));
  }

  Var i{"i"}, lane{"lane"};
  Func part{"part"}, total{"total"};
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::ReduceColumns, reduce_columns_f32)
HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::ReduceRows, reduce_rows_f32)
