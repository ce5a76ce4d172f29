// SPDX-License-Identifier: Apache-2.0
// Softmax, resizing and normalisation against their references.
#include <catch2/catch_test_macros.hpp>

#include "kernels/norm/norm.h"
#include "kernels/resize/resize.h"
#include "kernels/softmax/softmax.h"
#include "tests/kernels/trial.h"

namespace tilewright::kernels::tests {
namespace {

constexpr Tolerance kRowTolerance{1e-6, 3e-6};

TEST_CASE("softmax strips agree along every dimension of odd shapes") {
  const Shape shapes[] = {{2, 3, 5, 19}, {1, 1, 1, 1001}, {7, 10}, {3, 4, 2}, {2, 9, 33}, {5}};
  for (const Shape& shape : shapes) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      for (const float beta : {1.0F, 0.25F}) {
        CAPTURE(axis, beta);
        Trial trial{Softmax{axis, beta},
                    {random_floats(shape)},
                    {"", DType::Float32, shape, {}},
                    kRowTolerance};
        check_kernels(softmax_kernels(), "softmax_reference", trial);
        trial.src = {special_floats(shape)};
        check_kernels(softmax_kernels(), "softmax_reference", trial);
      }
    }
  }
}

std::vector<Resize2d> all_resizes(ResizeMode mode) {
  std::vector<Resize2d> resizes;
  for (const auto coordinates : {ResizeCoordinates::HalfPixel, ResizeCoordinates::PytorchHalfPixel,
                                 ResizeCoordinates::Asymmetric, ResizeCoordinates::AlignCorners}) {
    for (const auto rounding : {ResizeRounding::RoundPreferFloor, ResizeRounding::RoundPreferCeil,
                                ResizeRounding::Floor, ResizeRounding::Ceil}) {
      if (mode == ResizeMode::Bilinear && rounding != ResizeRounding::Floor) continue;
      resizes.push_back({.mode = mode, .coordinates = coordinates, .rounding = rounding});
    }
  }
  return resizes;
}

void check_resize(Resize2d op, const Values& x, std::int32_t out_h, std::int32_t out_w,
                  Tolerance tolerance) {
  op.out_h = out_h;
  op.out_w = out_w;
  const Shape& src = x.spec.shape;
  CAPTURE(static_cast<int>(op.coordinates), static_cast<int>(op.rounding), out_h, out_w);
  check_kernels(resize_kernels(), "resize2d_reference",
                {op, {x}, {"", DType::Float32, {src[0], out_h, out_w, src[3]}, {}}, tolerance});
}

TEST_CASE("nearest resize moves the pixels that the reference moves") {
  for (const Resize2d& op : all_resizes(ResizeMode::Nearest)) {
    for (const std::int64_t c : {1, 19}) {
      const Values x = special_floats({2, 5, 7, c});
      check_resize(op, x, 10, 14, {});
      check_resize(op, x, 3, 1, {});
      check_resize(op, x, 13, 9, {});
    }
  }
}

TEST_CASE("bilinear resize mixes the cells that the reference mixes") {
  for (const Resize2d& op : all_resizes(ResizeMode::Bilinear)) {
    for (const std::int64_t c : {1, 5, 35}) {
      const Values x = random_floats({2, 5, 7, c});
      check_resize(op, x, 10, 14, kRowTolerance);
      check_resize(op, x, 3, 1, kRowTolerance);
      check_resize(op, x, 13, 9, kRowTolerance);
    }
    check_resize(op, special_floats({1, 5, 7, 19}, 1, 1e30F), 9, 13, {1e-2, 1e-5});
  }
}

TEST_CASE("a given scale reaches the fast kernels") {
  for (const ResizeMode mode : {ResizeMode::Nearest, ResizeMode::Bilinear}) {
    Resize2d op{.mode = mode, .coordinates = ResizeCoordinates::Asymmetric};
    op.scale_h = 1.5F;
    op.scale_w = 2.5F;
    check_resize(op, random_floats({1, 4, 4, 6}), 7, 9, kRowTolerance);
  }
}

TEST_CASE("local response normalisation agrees for windows of all sizes") {
  for (const std::int32_t size : {1, 2, 5, 40}) {
    for (const float beta : {0.75F, 1.0F}) {
      for (const Shape& shape : {Shape{2, 3, 19}, Shape{1, 2, 2, 64}, Shape{5, 3}, Shape{33}}) {
        CAPTURE(size, beta, to_string(shape));
        const LocalResponseNorm op{.size = size, .alpha = 0.02F, .beta = beta, .bias = 1};
        Trial trial{op, {random_floats(shape)}, {"", DType::Float32, shape, {}}, kRowTolerance};
        check_kernels(norm_kernels(), "local_response_norm_reference", trial);
        trial.src = {special_floats(shape, 1, 1e15F)};
        check_kernels(norm_kernels(), "local_response_norm_reference", trial);
      }
    }
  }
}

Trial layer_norm(const Values& x, float epsilon) {
  const Shape& shape = x.spec.shape;
  return {LayerNorm{epsilon},
          {x, random_floats({shape.last()}, 2), random_floats({shape.last()}, 3)},
          {"", DType::Float32, shape, {}},
          {1e-5, 1e-5}};
}

TEST_CASE("layer normalisation agrees for lines of all lengths") {
  for (const Shape& shape : {Shape{2, 3, 19}, Shape{1, 7, 192}, Shape{5, 3}, Shape{33}, Shape{4, 1},
                             Shape{2, 3, 2, 4}, Shape{3, 70}, Shape{2, 16}}) {
    for (const float epsilon : {1e-5F, 0.5F}) {
      CAPTURE(to_string(shape), epsilon);
      check_kernels(norm_kernels(), "layer_norm_reference",
                    layer_norm(random_floats(shape), epsilon));
      Trial special = layer_norm(special_floats(shape, 1, 1e15F), epsilon);
      special.tolerance = {1e-4, 1e-4};
      check_kernels(norm_kernels(), "layer_norm_reference", special);
    }
  }
}

TEST_CASE("layer normalisation loses to a large mean what rounds it, and no more") {
  std::vector<float> elements;
  for (int i = 0; i < 96; ++i)
    elements.push_back(1000 + static_cast<float>(i % 7));
  Trial trial = layer_norm(values<float>({96}, elements), 1e-6F);
  trial.tolerance = {1e-4, 1e-4};  // squares of 1000 would lose 1e-2
  check_kernels(norm_kernels(), "layer_norm_reference", trial);
}

}  // namespace
}  // namespace tilewright::kernels::tests
