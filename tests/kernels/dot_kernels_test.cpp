// SPDX-License-Identifier: Apache-2.0
// Every dot kernel of this machine against the references.
#include <catch2/catch_test_macros.hpp>

#include "kernels/in_place.h"
#include "kernels/registry.h"
#include "tests/kernels/conv_cases.h"
#include "tests/kernels/kernel_check.h"
#include "tests/kernels/trial.h"

namespace tilewright::kernels::tests {
namespace {

/// In the names of kernels that read rows at one distance only.
constexpr std::string_view kOneDistance = "_row";

ConvTranspose2d upsampled(const Window& window, const Activation& activation = {}) {
  return {window, 0, 0, activation};
}

KernelCase deconv(std::string name, const ConvSizes& s, const ConvTranspose2d& op) {
  const Window& w = op.window;
  const std::int64_t h = (s.h - 1) * w.stride_h + (s.filter_h - 1) * w.dilation_h + 1 - w.pad_top -
                         w.pad_bottom + op.output_pad_h;
  const std::int64_t width = (s.w - 1) * w.stride_w + (s.filter_w - 1) * w.dilation_w + 1 -
                             w.pad_left - w.pad_right + op.output_pad_w;
  return {std::move(name),
          op,
          {floats({s.n, s.h, s.w, s.c}), floats({s.o, s.filter_h, s.filter_w, s.c}), floats({s.o})},
          floats({s.n, h, width, s.o})};
}

KernelCase fully_connected(std::string name, const Shape& src, std::int64_t columns,
                           const Activation& activation = {}) {
  Shape dst = src;
  dst[dst.rank() - 1] = columns;
  return {std::move(name),
          FullyConnected{activation},
          {floats(src), floats({columns, src.last()}), floats({columns})},
          floats(dst)};
}

KernelCase matmul(std::string name, const Shape& a, const Shape& b, const Shape& dst,
                  const MatMul& op = {}) {
  return {std::move(name), op, {floats(a), floats(b)}, floats(dst)};
}

}  // namespace

TEST_CASE("dot kernels compute what the conv2d reference does") {
  const Window lopsided{
      .stride_h = 2, .stride_w = 1, .pad_top = 0, .pad_left = 2, .pad_bottom = 1, .pad_right = 1};
  const KernelCase cases[] = {
      conv("1x1", {.h = 5, .w = 6, .c = 19, .filter_h = 1, .filter_w = 1}, {}),
      conv("1x1, whole tiles", {.h = 4, .w = 42, .c = 64, .o = 192, .filter_h = 1, .filter_w = 1},
           over({}, {ActivationKind::Relu6})),
      conv("1x1 of stride 2", {.n = 2, .c = 6, .filter_h = 1, .filter_w = 1}, over(strided(2, 0))),
      conv("1x1 with padding", {.filter_h = 1, .filter_w = 1}, over(padded(1))),
      conv("3x3", {}, over({}, {ActivationKind::Relu})),
      conv("3x3 with padding", {.n = 2}, over(padded(1))),
      conv("3x3 of stride 2", {.c = 18, .o = 49}, over(strided(2, 1))),
      conv("3x3 of dilation 2", {.h = 9}, over(dilated(2, 2))),
      conv("3x3 of dilation 8, mostly padding", {.h = 4, .w = 3}, over(dilated(8, 8))),
      conv("3x3 in 2 groups", {.c = 8, .o = 10}, over(padded(1), {}, 2)),
      conv("3x3 in groups of one channel", {.c = 6, .o = 6}, over(padded(1), {}, 6)),
      conv("2x5, lopsided", {.filter_h = 2, .filter_w = 5}, over(lopsided)),
      conv("7x7 of stride 2, 3 channels", {.h = 15, .w = 29, .c = 3, .filter_h = 7, .filter_w = 7},
           over(strided(2, 3))),
      conv("deep", {.h = 5, .w = 6, .c = 530, .o = 33, .filter_h = 1, .filter_w = 1}, {}),
      conv("one pixel", {.h = 1, .w = 1, .c = 40, .filter_h = 1, .filter_w = 1}, {}),
      conv("residual", {.c = 520, .filter_h = 1, .filter_w = 1},
           over({}, {ActivationKind::Clamp, -0.5F, 0.75F}), true),
      conv("residual, 3x3", {.n = 2}, over(padded(1), {ActivationKind::Relu}), true),
      conv("residual, whole tiles",
           {.h = 2, .w = 42, .c = 16, .o = 96, .filter_h = 1, .filter_w = 1}, {}, true),
  };
  check_family("dot", cases, kOneDistance);
}

TEST_CASE("dot kernels for rows at one distance compute what the conv2d reference does") {
  const KernelCase cases[] = {
      conv("3 channels, stride 2", {.n = 2, .h = 15, .w = 61, .c = 3, .o = 19},
           over(strided(2, 1), {ActivationKind::Relu6})),
      conv("3 channels, stride 2, whole tiles", {.h = 9, .w = 113, .c = 3, .o = 64},
           over(strided(2, 0), {ActivationKind::HardSwish})),
      conv("3 channels, 7x7 of stride 2", {.h = 15, .w = 29, .c = 3, .filter_h = 7, .filter_w = 7},
           over(strided(2, 3))),
      conv("6 channels", {.h = 5, .w = 31, .c = 6, .o = 9}, over(padded(1))),
      conv("3 channels", {.h = 7, .w = 30, .c = 3, .o = 40}, over(padded(1))),
      conv("3 channels, dilated", {.h = 7, .w = 30, .c = 3, .o = 16}, over(dilated(2, 2))),
      conv("3 channels of 6, in 2 groups", {.h = 5, .w = 30, .c = 6, .o = 10},
           over(padded(1), {}, 2)),
      conv("16 channels", {.h = 5, .w = 30, .c = 16, .o = 18}, over(padded(1))),
      conv("8 channels, stride 2", {.h = 5, .w = 30, .c = 8, .o = 16}, over(strided(2, 1))),
  };
  check_family("dot", cases);
}

TEST_CASE("dot kernels write over the residual of a convolution") {
  const ConvSizes pointwise{.h = 5, .w = 13, .c = 19, .o = 49, .filter_h = 1, .filter_w = 1};
  const ConvSizes whole{.h = 2, .w = 42, .c = 16, .o = 96, .filter_h = 1, .filter_w = 1};
  const KernelCase cases[] = {
      conv("1x1", pointwise, over({}, {ActivationKind::Relu}), true),
      conv("1x1, deep", {.c = 520, .filter_h = 1, .filter_w = 1}, {}, true),
      conv("1x1, whole tiles", whole, over({}, {ActivationKind::HardSwish}), true),
      conv("1x1 of stride 2", {.n = 2, .c = 6, .filter_h = 1, .filter_w = 1}, over(strided(2, 0)),
           true),
      conv("3x3", {.n = 2, .w = 17}, over(padded(1), {ActivationKind::Silu}), true),
      conv("3x3 inside", {}, {}, true),
      conv("3x3 in 2 groups", {.c = 8, .o = 10}, over(padded(1), {}, 2), true),
      conv("one pixel", {.h = 1, .w = 1, .c = 40, .filter_h = 1, .filter_w = 1}, {}, true),
  };
  for (const KernelCase& test : cases)
    REQUIRE(may_run_in_place(test.op, 3));
  check_family_in_place("dot", cases, 3, kOneDistance);
}

TEST_CASE("the conv2d reference writes over the residual") {
  const KernelCase test = conv("3x3", {}, over(padded(1)), true);
  const Kernel& kernel = *reference({test.op, test.src, test.dst});
  std::vector<Values> src;
  for (const TensorSpec& spec : test.src)
    src.push_back(random_floats(spec.shape, static_cast<unsigned>(src.size())));
  Values apart = random_floats(test.dst.shape);
  std::vector<TensorRef> refs;
  for (Values& operand : src)
    refs.push_back(operand.ref());
  const std::int64_t rows = row_count(test.dst.shape);
  const TensorRef dst = apart.ref();
  kernel.run({test.op, refs, dst, nullptr, nullptr, {}, kernel, 0, rows});
  kernel.run({test.op, refs, refs[3], nullptr, nullptr, {}, kernel, 0, rows});
  CHECK(src[3].bytes == apart.bytes);
}

TEST_CASE("dot kernels apply every activation") {
  std::vector<KernelCase> cases;
  for (const ActivationKind kind :
       {ActivationKind::Relu, ActivationKind::Relu6, ActivationKind::Clamp,
        ActivationKind::LeakyRelu, ActivationKind::Sigmoid, ActivationKind::Tanh,
        ActivationKind::HardSigmoid, ActivationKind::HardSwish, ActivationKind::Silu,
        ActivationKind::Gelu}) {
    const Activation activation{kind, 0.2F, 0.5F};
    const std::string name = "activation " + std::to_string(static_cast<int>(kind));
    cases.push_back(conv(name, {}, over(padded(1), activation)));
    cases.push_back(fully_connected(name, {3, 12}, 35, activation));
  }
  check_family("dot", cases, kOneDistance);
}

TEST_CASE("dot kernels compute what the fully connected reference does") {
  const KernelCase cases[] = {
      fully_connected("one row", {1, 70}, 45),         fully_connected("one vector", {33}, 20),
      fully_connected("many rows", {45, 21}, 65),      fully_connected("rank 3", {3, 5, 12}, 34),
      fully_connected("rank 5", {2, 3, 2, 3, 12}, 34), fully_connected("one column", {30, 9}, 1),
  };
  check_family("dot", cases, kOneDistance);
}

TEST_CASE("dot kernels compute what the matmul reference does") {
  const MatMul ta{.transpose_a = true};
  const MatMul tb{.transpose_b = true};
  const KernelCase cases[] = {
      matmul("plain", {17, 23}, {23, 35}, {17, 35}),
      matmul("batched", {2, 3, 9, 8}, {2, 3, 8, 33}, {2, 3, 9, 33}),
      matmul("b is shared", {3, 15, 8}, {8, 33}, {3, 15, 33}),
      matmul("a is shared", {1, 15, 8}, {3, 8, 33}, {3, 15, 33}),
      matmul("both broadcast", {2, 1, 5, 6}, {1, 3, 6, 7}, {2, 3, 5, 7}),
      matmul("a by columns", {2, 9, 31}, {2, 9, 40}, {2, 31, 40}, ta),
      matmul("b by columns", {2, 31, 9}, {2, 40, 9}, {2, 31, 40}, tb),
      matmul("both by columns", {9, 31}, {40, 9}, {31, 40}, {true, true}),
      matmul("deep", {5, 530}, {530, 20}, {5, 20}),
      matmul("one row", {1, 64}, {64, 96}, {1, 96}),
  };
  check_family("dot", cases, kOneDistance);
}

TEST_CASE("dot kernels compute what the transposed convolution reference does") {
  const Activation relu{ActivationKind::Relu};
  const KernelCase cases[] = {
      deconv("2x2 of stride 2", {.n = 2, .h = 5, .filter_h = 2, .filter_w = 2},
             upsampled(strided(2, 0), relu)),
      deconv("3x3 of stride 2", {.h = 4, .w = 5}, {strided(2, 1), 1, 1, {}}),
      deconv("3x3 of stride 2, 6 channels", {.h = 9, .w = 20, .c = 6, .o = 40},
             {strided(2, 1), 1, 1, {}}),
      deconv("4x4 of stride 2", {.h = 4, .w = 5, .filter_h = 4, .filter_w = 4},
             upsampled(strided(2, 1), {ActivationKind::Sigmoid})),
      deconv("3x3 of stride 1 and dilation 2", {.h = 4, .w = 5}, upsampled(dilated(2, 1))),
      deconv("2x2 of stride 3, outputs that no input reaches",
             {.h = 4, .w = 5, .filter_h = 2, .filter_w = 2}, {strided(3, 0), 2, 0, {}}),
      deconv("3x3 of stride 2 and dilation 2", {.h = 4, .w = 5},
             upsampled({.stride_h = 2, .stride_w = 2, .dilation_h = 2, .dilation_w = 2})),
      deconv("3x4 of stride 3x2 and dilation 2x3", {.h = 4, .w = 5, .filter_w = 4},
             upsampled(
                 {.stride_h = 3, .stride_w = 2, .dilation_h = 2, .dilation_w = 3, .pad_top = 1})),
  };
  check_family("dot", cases, kOneDistance);
}

TEST_CASE("dot kernels compute nothing of nothing, and the bias of an empty sum") {
  const KernelCase cases[] = {
      conv("no images", {.n = 0}, over(padded(1))),
      conv("no channels", {.c = 0}, over(padded(1))),
      fully_connected("no rows", {0, 12}, 20),
      fully_connected("no depth", {9, 0}, 37),
      matmul("no products", {0, 4, 5}, {0, 5, 6}, {0, 4, 6}),
      matmul("no depth", {4, 0}, {0, 35}, {4, 35}),
      deconv("no images", {.n = 0}, upsampled(strided(2, 0))),
  };
  check_family("dot", cases, kOneDistance);
}

TEST_CASE("dot kernels of one row copy no rows") {
  const KernelCase test = fully_connected("one row", {1, 640}, 128);
  const Call call{test.op, test.src, test.dst};
  int found = 0;
  for (const Kernel* kernel : all()) {
    if (kernel->family != "dot" || kernel->isa == Isa::Portable || kernel->tile.mr != 1) continue;
    const KernelConfig config = kernel->configs(call, *kernel).front();
    CHECK(kernel->scratch_bytes(call, *kernel, config) <= 4 * kernel->tile.nr);
    ++found;
  }
  CHECK(found > 0);
}

TEST_CASE("dot kernels refuse configurations that they cannot run") {
  const KernelCase test = conv("3x3", {}, over(padded(1)));
  const Call call{test.op, test.src, test.dst};
  for (const Kernel* kernel : all()) {
    if (kernel->family != "dot" || !kernel->supports(call, *kernel)) continue;
    if (kernel->isa == Isa::Portable) continue;
    for (const KernelConfig& config :
         {KernelConfig{0, 0, 0, 0}, KernelConfig{3, 0, 0, 0}, KernelConfig{-1, 0, 0, 0},
          KernelConfig{1, -1, 0, 0}, KernelConfig{1, 0, -1, 0}, KernelConfig{1, 0, 0, -1}})
      CHECK(!kernel->config_ok(call, *kernel, config));
    CHECK(kernel->config_ok(call, *kernel, {1, 1 << 30, 1 << 30, 1 << 30}));
  }
}

}  // namespace tilewright::kernels::tests
