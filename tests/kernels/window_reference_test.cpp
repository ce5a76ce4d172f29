// SPDX-License-Identifier: Apache-2.0
// Pooling, reductions, softmax, resizing and normalisation on numbers that can be checked by hand.
#include <cmath>
#include <limits>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "kernels/norm/norm.h"
#include "kernels/pool/pool.h"
#include "kernels/reduce/reduce.h"
#include "kernels/resize/resize.h"
#include "kernels/softmax/softmax.h"
#include "tests/kernels/reference_run.h"

namespace tilewright::kernels::tests {
namespace {

using Floats = std::vector<float>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
const float kNaN = std::nanf("");

Floats pooled(const Pool2d& op, const Values& x, Shape shape) {
  return run(pool_kernels(), "pool2d_reference", op, {x}, DType::Float32, shape).as<float>();
}

Floats reduced(const Reduce& op, const Values& x, Shape shape) {
  return run(reduce_kernels(), "reduce_reference", op, {x}, DType::Float32, shape).as<float>();
}

Floats softmax_of(const Softmax& op, const Values& x) {
  return run(softmax_kernels(), "softmax_reference", op, {x}, DType::Float32, x.spec.shape)
      .as<float>();
}

Floats resized(const Resize2d& op, const Values& x) {
  const Shape shape{1, op.out_h, op.out_w, 1};
  return run(resize_kernels(), "resize2d_reference", op, {x}, DType::Float32, shape).as<float>();
}

Pool2d pool3x3(PoolKind kind) {
  Pool2d op{.kind = kind, .kernel_h = 3, .kernel_w = 3, .window = {}, .activation = {}};
  op.window.pad_top = op.window.pad_left = op.window.pad_bottom = op.window.pad_right = 1;
  return op;
}

TEST_CASE("cells in the padding never win a maximum") {
  const Values x = values<float>({1, 2, 2, 1}, {-1, -2, -3, -4});
  CHECK(pooled(pool3x3(PoolKind::Max), x, {1, 2, 2, 1}) == Floats{-1, -1, -1, -1});
}

TEST_CASE("an average divides by the cells inside, or by all of the kernel's") {
  Pool2d op = pool3x3(PoolKind::Average);
  CHECK(pooled(op, counting({1, 2, 2, 1}), {1, 2, 2, 1}) == Floats{1.5, 1.5, 1.5, 1.5});
  op.count_include_pad = true;
  CHECK(pooled(op, counting({1, 2, 2, 1}), {1, 2, 2, 1})[0] == Catch::Approx(6.0 / 9));
}

TEST_CASE("pooling strides and dilates, and applies its activation") {
  Pool2d op{.kind = PoolKind::Max, .kernel_h = 1, .kernel_w = 2, .window = {}, .activation = {}};
  op.window.dilation_w = 2;
  op.window.stride_w = 2;
  op.activation = {ActivationKind::Clamp, 0, 3};
  CHECK(pooled(op, counting({1, 1, 5, 1}), {1, 1, 2, 1}) == Floats{2, 3});
}

TEST_CASE("a NaN in the window gives NaN") {
  const Values x = values<float>({1, 1, 4, 1}, {1, kNaN, 2, 3});
  const Pool2d op{.kind = PoolKind::Max, .kernel_w = 2, .window = {}, .activation = {}};
  const Floats y = pooled(op, x, {1, 1, 3, 1});
  CHECK(std::isnan(y[0]));
  CHECK(std::isnan(y[1]));
  CHECK(y[2] == 3);
}

TEST_CASE("a window without cells is -infinity or 0") {
  Pool2d op{.kind = PoolKind::Max, .window = {}, .activation = {}};
  op.window.pad_right = 1;
  CHECK(pooled(op, counting({1, 1, 1, 1}), {1, 1, 2, 1}) == Floats{0, -kInfinity});
  op.kind = PoolKind::Average;
  CHECK(pooled(op, counting({1, 1, 1, 1}, 5.0F), {1, 1, 2, 1}) == Floats{5, 0});
}

TEST_CASE("reductions take any set of dimensions") {
  const Values x = counting({2, 2, 3});
  CHECK(reduced({ReduceKind::Sum, 0b010, true}, x, {2, 1, 3}) == Floats{3, 5, 7, 15, 17, 19});
  CHECK(reduced({ReduceKind::Mean, 0b101, false}, x, {2}) == Floats{4, 7});
  CHECK(reduced({ReduceKind::Max, 0b111, false}, x, {}) == Floats{11});
  CHECK(reduced({ReduceKind::Min, 0b100, false}, x, {2, 2}) == Floats{0, 3, 6, 9});
  CHECK(reduced({ReduceKind::Prod, 0b10, false}, counting({1, 3}, 2.0F), {1}) == Floats{24});
}

TEST_CASE("the reduction of nothing is the neutral element") {
  const Values x = counting({2, 0});
  CHECK(reduced({ReduceKind::Sum, 0b10, true}, x, {2, 1}) == Floats{0, 0});
  CHECK(reduced({ReduceKind::Max, 0b10, true}, x, {2, 1}) == Floats{-kInfinity, -kInfinity});
  CHECK(std::isnan(reduced({ReduceKind::Mean, 0b10, true}, x, {2, 1})[0]));
}

TEST_CASE("reductions keep NaN, first or last") {
  for (const ReduceKind kind : {ReduceKind::Sum, ReduceKind::Max, ReduceKind::Min}) {
    const Values x = values<float>({2, 2}, {kNaN, 1, 1, kNaN});
    const Floats y = reduced({kind, 0b10, false}, x, {2});
    CHECK(std::isnan(y[0]));
    CHECK(std::isnan(y[1]));
  }
}

TEST_CASE("integers reduce in their own dtype") {
  const Values x = values<std::int64_t>({3}, {2, 3, std::int64_t{1} << 60});
  const auto y = run(reduce_kernels(), "reduce_reference", Reduce{ReduceKind::Prod, 1, false}, {x},
                     DType::Int64, {});
  CHECK(y.as<std::int64_t>()[0] == std::int64_t{6} << 60);
}

TEST_CASE("softmax is along its axis and survives large values") {
  const Values x = values<float>({2, 2}, {1000, 0, 1000, 0});
  CHECK(softmax_of({1, 1}, x) == Floats{1, 0, 1, 0});
  CHECK(softmax_of({0, 1}, x) == Floats{0.5, 0.5, 0.5, 0.5});
  CHECK(softmax_of({0, 2}, values<float>({2}, {0, 1}))[1] == Catch::Approx(0.880797));
}

TEST_CASE("softmax gives 0 for -infinity, and NaN where nothing else is left") {
  CHECK(softmax_of({0, 1}, values<float>({2}, {-kInfinity, 3})) == Floats{0, 1});
  CHECK(std::isnan(softmax_of({0, 1}, values<float>({2}, {-kInfinity, -kInfinity}))[0]));
  CHECK(std::isnan(softmax_of({0, 1}, values<float>({2}, {kNaN, 0}))[1]));
}

TEST_CASE("nearest resize maps and rounds coordinates as asked") {
  Resize2d op{.coordinates = ResizeCoordinates::Asymmetric, .out_h = 1, .out_w = 4};
  const Values x = counting({1, 1, 2, 1});
  CHECK(resized(op, x) == Floats{0, 0, 1, 1});
  op.rounding = ResizeRounding::Ceil;
  CHECK(resized(op, x) == Floats{0, 1, 1, 1});
  op = {.coordinates = ResizeCoordinates::HalfPixel,
        .rounding = ResizeRounding::RoundPreferFloor,
        .out_h = 1,
        .out_w = 2};
  CHECK(resized(op, counting({1, 1, 4, 1})) == Floats{0, 2});
  op.rounding = ResizeRounding::RoundPreferCeil;
  CHECK(resized(op, counting({1, 1, 4, 1})) == Floats{1, 3});
}

TEST_CASE("bilinear resize repeats the border and aligns corners if asked") {
  Resize2d op{.mode = ResizeMode::Bilinear, .out_h = 1, .out_w = 4};
  CHECK(resized(op, counting({1, 1, 2, 1})) == Floats{0, 0.25, 0.75, 1});
  op.coordinates = ResizeCoordinates::AlignCorners;
  op.out_w = 3;
  CHECK(resized(op, counting({1, 1, 2, 1})) == Floats{0, 0.5, 1});
}

TEST_CASE("a given scale replaces out / in") {
  Resize2d op{.coordinates = ResizeCoordinates::Asymmetric, .out_h = 1, .out_w = 4, .scale_w = 4};
  CHECK(resized(op, counting({1, 1, 2, 1})) == Floats{0, 0, 0, 0});
}

TEST_CASE("local response normalisation looks at the channels around") {
  const Values x = values<float>({1, 3}, {1, 2, 3});
  const LocalResponseNorm op{.size = 2, .alpha = 1, .beta = 1, .bias = 1};
  const Floats y =
      run(norm_kernels(), "local_response_norm_reference", op, {x}, DType::Float32, {1, 3})
          .as<float>();
  CHECK(y[0] == Catch::Approx(1.0 / 6));
  CHECK(y[1] == Catch::Approx(2.0 / 14));
  CHECK(y[2] == Catch::Approx(3.0 / 10));
}

TEST_CASE("a window far beyond the channels costs no more than all of them") {
  const Values x = values<float>({1, 3}, {1, 2, 3});
  const LocalResponseNorm op{
      .size = std::numeric_limits<std::int32_t>::max(), .alpha = 1, .beta = 1, .bias = 1};
  const Floats y =
      run(norm_kernels(), "local_response_norm_reference", op, {x}, DType::Float32, {1, 3})
          .as<float>();
  CHECK(y[0] == Catch::Approx(1.0 / 15));
}

TEST_CASE("layer normalisation gives lines of mean 0 and variance 1, scaled and shifted") {
  const Values x = values<float>({2, 2}, {1, 3, 5, 5});
  const Values scale = values<float>({2}, {2, 1});
  const Values bias = values<float>({2}, {10, 20});
  const Floats y = run(norm_kernels(), "layer_norm_reference", LayerNorm{.epsilon = 0},
                       {x, scale, bias}, DType::Float32, {2, 2})
                       .as<float>();
  CHECK(y[0] == Catch::Approx(8));
  CHECK(y[1] == Catch::Approx(21));
  const Floats flat = run(norm_kernels(), "layer_norm_reference", LayerNorm{.epsilon = 1},
                          {x, scale, bias}, DType::Float32, {2, 2})
                          .as<float>();
  CHECK(flat[2] == 10);
  CHECK(flat[3] == 20);
}

}  // namespace
}  // namespace tilewright::kernels::tests
