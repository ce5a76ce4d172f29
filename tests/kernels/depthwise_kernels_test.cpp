// SPDX-License-Identifier: Apache-2.0
// Every depthwise kernel of this machine against the reference.
#include <catch2/catch_test_macros.hpp>

#include "kernels/op_rules.h"
#include "tests/kernels/kernel_check.h"

namespace tilewright::kernels::tests {
namespace {

struct DepthwiseSizes {
  std::int64_t n = 1, h = 9, w = 11, c = 70;
  std::int64_t filter_h = 3, filter_w = 3;
  std::int64_t multiplier = 1;
};

KernelCase depthwise(std::string name, const DepthwiseSizes& s, const DepthwiseConv2d& op) {
  const std::int64_t channels = s.c * s.multiplier;
  KernelCase test{std::move(name),
                  op,
                  {floats({s.n, s.h, s.w, s.c}), floats({s.filter_h, s.filter_w, channels}),
                   floats({channels})},
                  {}};
  Result<TensorSpec> dst = infer_output(test.op, test.src);
  REQUIRE(dst.has_value());
  test.dst = *dst;
  return test;
}

Window window(std::int32_t stride, std::int32_t pad, std::int32_t dilation = 1) {
  return {stride, stride, dilation, dilation, pad, pad, pad, pad};
}

}  // namespace

TEST_CASE("depthwise kernels compute what the reference does") {
  const Activation relu6{ActivationKind::Relu6};
  const DepthwiseSizes five{.h = 13, .w = 14, .filter_h = 5, .filter_w = 5};
  const KernelCase cases[] = {
      depthwise("3x3", {.n = 2}, {window(1, 1), relu6}),
      depthwise("3x3 without padding", {}, {window(1, 0), {}}),
      depthwise("3x3 of stride 2", {.h = 14, .w = 15}, {window(2, 1), relu6}),
      depthwise("3x3 of stride 2, padded behind", {.h = 14, .w = 14},
                {{2, 2, 1, 1, 0, 0, 1, 1}, {}}),
      depthwise("5x5", five, {window(1, 2), {}}),
      depthwise("5x5 of stride 2", {.h = 19, .w = 17, .filter_h = 5, .filter_w = 5},
                {window(2, 2), relu6}),
      depthwise("7x7", {.h = 15, .w = 18, .filter_h = 7, .filter_w = 7}, {window(1, 3), relu6}),
      depthwise("1x9", {.h = 2, .w = 31, .filter_h = 1, .filter_w = 9},
                {{1, 1, 1, 1, 0, 4, 0, 4}, {}}),
      depthwise("5x1 of stride 3", {.h = 23, .w = 8, .filter_h = 5, .filter_w = 1},
                {window(3, 0), {}}),
      depthwise("3x3 on few pixels", {.h = 2, .w = 3}, {window(1, 1), {}}),
      depthwise("3x3 on one pixel", {.n = 3, .h = 1, .w = 1}, {window(2, 1), {}}),
      depthwise("3x3 of dilation 2", {.c = 65}, {window(1, 2, 2), {}}),
      depthwise("3x3 of dilation 12, windows all in the padding", {.h = 4, .w = 5},
                {window(1, 12, 12), {}}),
      depthwise("2x7 of stride 3", {.filter_h = 2, .filter_w = 7}, {window(3, 1), {}}),
      depthwise("few channels", {.c = 3}, {window(1, 1), {}}),
      depthwise("8 channels", {.c = 8}, {window(1, 1), relu6}),
      depthwise("17 channels", {.c = 17}, {window(2, 1), relu6}),
      depthwise("128 channels", {.c = 128}, {window(1, 1), relu6}),
      depthwise("multiplier 2", {.c = 35, .multiplier = 2}, {window(1, 1), {}}),
      depthwise("multiplier 8 of one channel", {.c = 1, .multiplier = 8}, {window(2, 1, 2), {}}),
      depthwise("no images", {.n = 0}, {window(1, 1), {}}),
      depthwise("hard swish", {}, {window(1, 1), {ActivationKind::HardSwish}}),
  };
  check_family("depthwise", cases);
}

}  // namespace tilewright::kernels::tests
