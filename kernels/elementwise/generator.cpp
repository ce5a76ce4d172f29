// SPDX-License-Identifier: Apache-2.0
// Strips of elements: rows of vectors, the last of a row masked.
//
//   strip_f32:      dst(x, y) = op(src(x, y)), with the parameters alpha and beta
//   pair_strip_f32: dst(x, y) = clamp(op(a(x, y), b(x, y)), lo, hi)
#include "kernels/halide/elementary.h"
#include "kernels/halide/row_buffers.h"

namespace tilewright::kernels::generators {
namespace {

class Strip : public Halide::Generator<Strip> {
 public:
  GeneratorParam<std::string> op{"op", "clamp"};
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 2>> src{"src"};
  Input<float> alpha{"alpha"};
  Input<float> beta{"beta"};
  Output<Buffer<float, 2>> dst{"dst"};

  void generate() {
    const Expr value = formula(src(x, y));
    dst(x, y) = is_loose() ? value : Halide::strict_float(value);
    dst.vectorize(x, lanes, Halide::TailStrategy::GuardWithIf);
    describe_rows(src);
    describe_rows(dst);
  }

 private:
  /// Whether the formula says itself what is strict in it.
  [[nodiscard]] bool is_loose() const {
    const std::string& name = op;
    return name == "gelu" || name == "gelu_tanh" || name == "sigmoid" || name == "silu" ||
           name == "tanh";
  }

  Expr formula(const Expr& v) {
    const std::string& name = op;
    if (name == "clamp") return clamp_keep_nan(v, alpha, beta);
    if (name == "elu") return Halide::select(v < number(0), alpha * exponential_minus_1(v), v);
    if (name == "gelu") {
      return v * (number(0.5) + number(0.5) * error_function(v * number(0.70710678118654752)));
    }
    if (name == "gelu_tanh") return v * sigmoid(gelu_argument(v));
    if (name == "hard_sigmoid") return clamp_keep_nan(alpha * v + beta, number(0), number(1));
    if (name == "hard_swish") {
      return v * clamp_keep_nan(v * number(1.0 / 6) + number(0.5), number(0), number(1));
    }
    if (name == "leaky_relu") return Halide::select(v < number(0), v * alpha, v);
    if (name == "sigmoid") return sigmoid(v);
    if (name == "silu") return v * sigmoid(v);
    if (name == "tanh") return hyperbolic_tangent(v);
    return unary_formula(name, v);
  }

  /// 2 * sqrt(2 / pi) * (x + 0.044715 * x^3): (1 + tanh(y)) / 2 is the sigmoid of 2 y.
  static Expr gelu_argument(const Expr& v) {
    const double factor = 1.5957691216057308;
    return v * (number(factor) + number(factor * 0.044715) * (v * v));
  }

  static Expr unary_formula(const std::string& name, const Expr& v) {
    if (name == "abs") return Halide::abs(v);
    if (name == "ceil") return rounded_up(v);
    if (name == "erf") return error_function(v);
    if (name == "exp") return exponential(v);
    if (name == "floor") return rounded_down(v);
    if (name == "log") return logarithm(v);
    if (name == "neg") return -v;
    if (name == "reciprocal") return number(1) / v;
    if (name == "round") return rounded(v);
    if (name == "rsqrt") return number(1) / Halide::sqrt(v);
    if (name == "sqrt") return Halide::sqrt(v);
    if (name == "square") return v * v;
    throw std::runtime_error("strip_f32: no op " + name);
  }

  Var x{"x"}, y{"y"};
};

class PairStrip : public Halide::Generator<PairStrip> {
 public:
  GeneratorParam<std::string> op{"op", "add"};
  GeneratorParam<std::string> scalar{"scalar", "none"};  // the operand that is one value per row
  GeneratorParam<int> lanes{"lanes", 4};

  Input<Buffer<float, 2>> a{"a"};
  Input<Buffer<float, 2>> b{"b"};
  Input<float> lo{"lo"};
  Input<float> hi{"hi"};
  Output<Buffer<float, 2>> dst{"dst"};

  void generate() {
    const std::string& which = scalar;
    const Expr left = which == "a" ? a(0, y) : a(x, y);
    const Expr right = which == "b" ? b(0, y) : b(x, y);
    dst(x, y) = Halide::strict_float(clamp_keep_nan(formula(left, right), lo, hi));
    dst.vectorize(x, lanes, Halide::TailStrategy::GuardWithIf);
    describe_rows(a);
    describe_rows(b);
    describe_rows(dst);
  }

 private:
  Expr formula(const Expr& left, const Expr& right) {
    const std::string& name = op;
    if (name == "add") return left + right;
    if (name == "sub") return left - right;
    if (name == "mul") return left * right;
    if (name == "div") return left / right;
    if (name == "max") return larger(left, right);
    if (name == "min") return smaller(left, right);
    if (name == "squared_difference") return (left - right) * (left - right);
    throw std::runtime_error("pair_strip_f32: no op " + name);
  }

  Var x{"x"}, y{"y"};
};

}  // namespace
}  // namespace tilewright::kernels::generators

HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::Strip, strip_f32)
HALIDE_REGISTER_GENERATOR(tilewright::kernels::generators::PairStrip, pair_strip_f32)
