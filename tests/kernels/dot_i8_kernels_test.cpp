// SPDX-License-Identifier: Apache-2.0
// The int8 kernels give the bits of their reference, and the reference what quantised networks
// mean.
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "kernels/dot_i8/rescaling.h"
#include "kernels/registry.h"
#include "tests/kernels/conv_cases.h"
#include "tests/kernels/guarded_run.h"

namespace tilewright::kernels::tests {
namespace {

TensorSpec int8s(Shape shape, float scale, std::int64_t zero_point) {
  return {"", DType::Int8, shape, {.scales = {scale}, .zero_points = {zero_point}}};
}

/// A case of floats as one of int8 with a scale for each output channel.
KernelCase as_int8(KernelCase test) {
  test.src[0] = int8s(test.src[0].shape, 0.05F, -5);
  test.src[1] = int8s(test.src[1].shape, 0.004F, 0);
  test.src[2].dtype = DType::Int32;
  test.dst = int8s(test.dst.shape, 0.2F, 9);
  Quantization& by_channel = test.src[1].quantization;
  by_channel.scales.clear();
  for (std::int64_t channel = 0; channel < test.dst.shape.last(); ++channel)
    by_channel.scales.push_back(0.002F + 0.0001F * static_cast<float>(channel));
  by_channel.zero_points.assign(by_channel.scales.size(), 0);
  test.low = -128;
  test.high = 127.99;
  return test;
}

KernelCase i8_conv(std::string name, const ConvSizes& sizes, const Conv2d& op) {
  return as_int8(conv(std::move(name), sizes, op));
}

KernelCase i8_connected(std::string name, Shape src, std::int64_t columns,
                        const Activation& activation = {}) {
  Shape dst = src;
  dst[dst.rank() - 1] = columns;
  return as_int8({std::move(name),
                  FullyConnected{activation},
                  {floats(src), floats({columns, src.last()}), floats({columns})},
                  floats(dst)});
}

/// Two columns of one product each.
Work two_columns(std::int32_t first_bias, std::int32_t second_bias) {
  const std::int32_t biases[] = {first_bias, second_bias};
  Work work{FullyConnected{},
            {{{"", DType::Int8, {1, 4}, {}}, std::vector(4, std::byte{100})},
             {{"", DType::Int8, {2, 4}, {}}, std::vector(8, std::byte{100})},
             {{"", DType::Int32, {2}, {}}, {}}},
            {"", DType::Int8, {1, 2}, {}}};
  work.src[2].bytes.resize(sizeof biases);
  std::memcpy(work.src[2].bytes.data(), biases, sizeof biases);
  return work;
}

std::vector<const Kernel*> i8_kernels_here() {
  std::vector<const Kernel*> kernels;
  for (const Kernel* kernel : all()) {
    if (kernel->family == "dot_i8" && runs_here(kernel->isa)) kernels.push_back(kernel);
  }
  return kernels;
}

bool is_supported(const KernelCase& test, const Kernel& kernel) {
  return kernel.supports({test.op, test.src, test.dst}, kernel);
}

/// Of both references and all generated kernels of this machine.
std::size_t supporters(const KernelCase& test) {
  return static_cast<std::size_t>(std::ranges::count_if(
      i8_kernels_here(), [&](const Kernel* kernel) { return is_supported(test, *kernel); }));
}

}  // namespace

TEST_CASE("every int8 kernel gives the bits of its reference") {
  if (i8_kernels_here().size() <= 2) SKIP("this machine has no int8 kernels but the references");
  KernelCase plain_numbers = i8_conv("3x3 of plain numbers", {.o = 6}, over(padded(1)));
  for (TensorSpec* spec : {&plain_numbers.src[0], &plain_numbers.src[1], &plain_numbers.dst})
    spec->quantization = {};
  const KernelCase cases[] = {
      i8_conv("3x3", {.n = 2}, over(padded(1))),
      i8_conv("3x3 of stride 2 with ReLU", {.h = 9, .c = 7, .o = 70},
              over(strided(2, 1), {ActivationKind::Relu})),
      i8_conv("3x3 dilated", {.h = 11, .w = 10, .o = 33}, over(dilated(2, 2))),
      i8_conv("1x1", {.c = 24, .o = 100, .filter_h = 1, .filter_w = 1}, over({})),
      i8_conv("1x1 of an odd depth", {.c = 13, .filter_h = 1, .filter_w = 1}, over({})),
      i8_conv("5x1 without padding with ReLU6", {.h = 12, .filter_h = 5, .filter_w = 1},
              over({}, {ActivationKind::Relu6})),
      i8_connected("one row", {1, 64}, 130),
      i8_connected("rows in three dimensions", {2, 3, 11, 36}, 65,
                   {ActivationKind::Clamp, -3.5F, 11}),
      i8_connected("one column of depth one", {5, 1}, 1),
      plain_numbers,
  };
  check_family("dot_i8", cases);
}

TEST_CASE("sums wrap at 32 bits, in all int8 kernels alike") {
  constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
  const Work work = two_columns(most - 30'000, most - 50'000);  // and 40 000 of products
  std::size_t checked = 0;
  for (const Kernel* kernel : i8_kernels_here()) {
    if (!supports(*kernel, work)) continue;
    CAPTURE(kernel->name);
    const std::vector<TensorSpec> specs = work.specs();
    GuardedRun run(*kernel, kernel->configs({work.op, specs, work.dst}, *kernel).front(), work, {});
    CHECK(run.result(run.cuts_every(0)) == std::vector{std::byte{0x80}, std::byte{0x7f}});
    ++checked;
  }
  CHECK(checked >= 1);
}

TEST_CASE("int8 kernels take what they compute rightly and nothing else") {
  const KernelCase taken = i8_connected("taken", {3, 16}, 8);
  const std::size_t all = i8_kernels_here().size() - 1;  // the reference of convolutions is none
  CHECK(supporters(taken) == all);
  const auto count_if = [&](auto change) {
    KernelCase test = taken;
    change(test);
    return supporters(test);
  };
  CHECK(count_if([](KernelCase& test) { test.src[0].dtype = DType::UInt8; }) == 0);
  CHECK(count_if([](KernelCase& test) { test.src[1].dtype = DType::UInt8; }) == 0);
  CHECK(count_if([](KernelCase& test) { test.src[2].dtype = DType::Int64; }) == 0);
  CHECK(count_if([](KernelCase& test) { test.dst.dtype = DType::Float32; }) == 0);
  CHECK(count_if([](KernelCase& test) { test.src[0].quantization.zero_points = {128}; }) == 0);
  CHECK(count_if([](KernelCase& test) { test.src[0].quantization.zero_points = {-128}; }) == all);
  CHECK(count_if([](KernelCase& test) { test.src[1].quantization.zero_points[7] = 1; }) == 0);
  CHECK(count_if([](KernelCase& test) { test.src[1].quantization.axis = 1; }) == 0);
  CHECK(count_if([](KernelCase& test) { test.op = FullyConnected{{ActivationKind::Tanh}}; }) == 0);
  // Groups are left to the reference.
  CHECK(supporters(i8_conv("grouped", {.c = 6, .o = 8}, over({}, {}, 2))) == 1);
  KernelCase residual = i8_conv("residual", {}, over({}));
  residual.src.push_back(residual.dst);
  CHECK(supporters(residual) == 0);
}

namespace {

/// The product of TensorFlow Lite's reference kernels: MultiplyByQuantizedMultiplier of
/// tensorflow/lite/kernels/internal/common.h, from its description in the quantisation paper
/// (Jacob et al., 2018, section 2.2): a high product of 31 bits, then a shift, both rounded.
std::int32_t fixed_point_product(std::int32_t sum, double multiplier) {
  int exponent = 0;
  const auto fraction =
      static_cast<std::int64_t>(std::round(std::frexp(multiplier, &exponent) * 0x1p31));
  const std::int64_t product = sum * fraction;
  const std::int64_t nudge = product >= 0 ? 1 << 30 : 1 - (1 << 30);
  const std::int64_t high = (product + nudge) / (std::int64_t{1} << 31);
  const std::int64_t divisor = std::int64_t{1} << -exponent;  // multipliers are below 1
  const std::int64_t half = divisor / 2;
  return static_cast<std::int32_t>((high >= 0 ? high + half : high - half) / divisor);
}

}  // namespace

TEST_CASE("an int8 result is within one step of TensorFlow Lite's fixed point") {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> exponent(-14, -6);
  const Rescaling whole{.lo = -128, .hi = 127, .zero_point = 0, .src_zero_point = 0};
  std::int64_t different = 0;
  constexpr int kDraws = 200'000;
  for (int i = 0; i < kDraws; ++i) {
    const auto multiplier = static_cast<float>(std::exp2(exponent(random)));
    const double range = 150 / double{multiplier};
    const auto sum =
        static_cast<std::int32_t>(std::uniform_real_distribution<double>(-range, range)(random));
    const std::int32_t fixed = std::clamp(fixed_point_product(sum, multiplier), -128, 127);
    const std::int32_t ours = rescaled(sum, multiplier, whole);
    REQUIRE(std::abs(ours - fixed) <= 1);
    different += ours == fixed ? 0 : 1;
  }
  CHECK(different < kDraws / 100);
}

}  // namespace tilewright::kernels::tests
