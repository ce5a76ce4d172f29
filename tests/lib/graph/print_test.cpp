// SPDX-License-Identifier: Apache-2.0
#include "lib/graph/print.h"

#include <catch2/catch_test_macros.hpp>

#include "lib/graph/builder.h"

namespace tilewright::graph {
namespace {

TensorSpec image(Shape shape) {
  return {.name = "image", .dtype = DType::Float32, .shape = shape, .quantization = {}};
}

}  // namespace

TEST_CASE("a graph prints as one line per input, node and output", "[graph]") {
  Builder builder;
  const ValueId x = builder.input(image({1, 4, 4, 2}));
  const ValueId filter = builder.constant("filter", {1, 3, 3, 2}, std::vector<float>(18));
  const ValueId bias = builder.constant("bias", {1}, std::vector<float>{0.5F});
  const Conv2d conv{.window = {.stride_h = 2, .pad_left = 1},
                    .activation = {.kind = ActivationKind::LeakyRelu, .alpha = 0.1F}};
  const ValueId stem = *builder.add("stem", conv, {x, filter, bias});
  const ValueId axes = builder.constant("axes", {2}, std::vector<std::int64_t>{0, -1});
  builder.output(*builder.add("pick", Gather{.axis = 1}, {stem, axes}));

  CHECK(print(builder.graph()) ==
        "input %0 'image': float32 1x4x4x2\n"
        "%3 'stem': float32 1x1x3x1 = conv2d(%0, const 1 1x3x3x2, const 2 1 [0.5]) "
        "window.stride_h=2 window.pad_left=1 activation.kind=leaky_relu activation.alpha=0.1\n"
        "%5 'pick': float32 1x2x3x1 = gather(%3, const 4 int64 2 [0, -1]) axis=1\n"
        "output %5\n");
}

TEST_CASE("lists of attributes end at the rank of the input", "[graph]") {
  CHECK(print_attributes(Transpose{.perm = {0, 2, 1}}, 3) == " perm=[0,2,1]");
  CHECK(print_attributes(Reshape{.shape = {2, 3}}, 4) == " shape=2x3");
  CHECK(print_attributes(Pad{.before = {0, 1}}, 2) == " mode=constant before=[0,1]");
}

TEST_CASE("an op's own kind is always printed", "[graph]") {
  CHECK(print_attributes(Binary{}, 4) == " kind=add");
  CHECK(print_attributes(Pool2d{.count_include_pad = true}, 4) ==
        " kind=max count_include_pad=true");
  CHECK(print_attributes(Activate{}, 4).empty());
}

}  // namespace tilewright::graph
