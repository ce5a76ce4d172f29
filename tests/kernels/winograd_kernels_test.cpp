// SPDX-License-Identifier: Apache-2.0
// Every Winograd kernel of this machine against the convolution's reference.
#include <cmath>
#include <numeric>

#include <catch2/catch_test_macros.hpp>

#include "kernels/in_place.h"
#include "kernels/registry.h"
#include "kernels/winograd/winograd_matrices.h"
#include "tests/kernels/conv_cases.h"
#include "tests/kernels/trial.h"

namespace tilewright::kernels::tests {
namespace {

/// Largest rounding errors of F(6x6, 3x3), over the root of the mean square of sums of products of
/// values in [-1, 1).
constexpr double kWinogradTolerance = 4e-5;

KernelCase winograd(std::string name, const ConvSizes& sizes, const Conv2d& op,
                    bool has_residual = false) {
  KernelCase test = conv(std::move(name), sizes, op, has_residual);
  test.tolerance = kWinogradTolerance * std::sqrt(static_cast<double>(sizes.c));
  test.nan_may_spread = true;
  return test;
}

Window sides(std::int32_t top, std::int32_t left, std::int32_t bottom, std::int32_t right) {
  return {.pad_top = top, .pad_left = left, .pad_bottom = bottom, .pad_right = right};
}

/// One tile along one axis: at * ((g * w) o (bt * d)).
std::array<double, kWinogradMaxOutputs> filtered(const WinogradMatrices& matrices,
                                                 const std::array<double, 3>& w,
                                                 const std::array<double, kWinogradMaxInputs>& d) {
  std::array<double, kWinogradMaxOutputs> y{};
  for (std::size_t e = 0; e < static_cast<std::size_t>(matrices.inputs); ++e) {
    const double product = std::inner_product(w.begin(), w.end(), matrices.g[e].begin(), 0.0) *
                           std::inner_product(d.begin(), d.end(), matrices.bt[e].begin(), 0.0);
    for (std::size_t i = 0; i < y.size(); ++i)
      y[i] += matrices.at[i][e] * product;
  }
  return y;
}

/// How much the products of the transforms can exceed those of the filter, in two dimensions.
double amplification(const WinogradMatrices& matrices) {
  const auto magnitudes = [](const auto& row) {
    return std::accumulate(row.begin(), row.end(), 0.0,
                           [](double sum, double x) { return sum + std::abs(x); });
  };
  double largest = 0;
  for (const auto& row : matrices.at) {
    double sum = 0;
    for (std::size_t e = 0; e < row.size(); ++e)
      sum += std::abs(row[e]) * magnitudes(matrices.g[e]) * magnitudes(matrices.bt[e]);
    largest = std::max(largest, sum);
  }
  return std::pow(largest / 3, 2);
}

/// Root of the mean square of the errors over that of the values.
double relative_error(const std::vector<float>& got, const std::vector<float>& expected) {
  double errors = 0;
  double squares = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    errors += std::pow(double{got[i]} - expected[i], 2);
    squares += std::pow(double{expected[i]}, 2);
  }
  return std::sqrt(errors / squares);
}

std::vector<float> result_of(const Kernel& kernel, const KernelConfig& config, const Work& work) {
  GuardedRun run(kernel, config, work, {});
  return Values{work.dst, run.result(run.cuts_every(0))}.as<float>();
}

}  // namespace

TEST_CASE("Winograd's matrices filter exactly") {
  for (const int outputs : {2, 4, 6}) {
    const WinogradMatrices matrices = winograd_matrices(outputs);
    CHECK(matrices.inputs == outputs + 2);
    for (std::size_t tap = 0; tap < 3; ++tap) {
      for (std::size_t at = 0; at < static_cast<std::size_t>(matrices.inputs); ++at) {
        std::array<double, 3> w{};
        std::array<double, kWinogradMaxInputs> d{};
        w[tap] = 1;
        d[at] = 1;
        const auto y = filtered(matrices, w, d);
        for (std::size_t i = 0; i < static_cast<std::size_t>(outputs); ++i) {
          CAPTURE(outputs, tap, at, i);
          CHECK(std::abs(y[i] - (i + tap == at ? 1 : 0)) < 1e-14);
        }
      }
    }
  }
}

TEST_CASE("Winograd's matrices lose no more digits than stated") {
  CHECK(amplification(winograd_matrices(2)) <= 8);
  CHECK(amplification(winograd_matrices(4)) <= 64);
  CHECK(amplification(winograd_matrices(6)) <= 512);
}

TEST_CASE("Winograd kernels compute what the conv2d reference does") {
  const KernelCase cases[] = {
      winograd("padded", {.n = 2}, over(padded(1), {ActivationKind::Relu})),
      winograd("not padded", {.h = 11, .w = 8}, {}),
      winograd("many tiles, whole vectors", {.h = 26, .w = 25, .c = 32, .o = 64}, over(padded(1))),
      winograd("many tiles, parts of vectors", {.n = 2, .h = 19, .w = 22, .c = 19, .o = 33},
               over(padded(1), {ActivationKind::Relu6})),
      winograd("lopsided", {.h = 9, .w = 14, .c = 17, .o = 20}, over(sides(0, 2, 1, 1))),
      winograd("windows all in the padding", {.h = 3, .w = 2, .c = 20, .o = 18}, over(padded(9))),
      winograd("one row", {.h = 1, .w = 13, .c = 16}, over(padded(1))),
      winograd("one pixel", {.n = 3, .h = 1, .w = 1, .c = 40}, over(padded(1))),
      winograd("one channel", {.h = 12, .w = 12, .c = 1, .o = 1}, over(padded(1))),
      winograd("deep", {.h = 4, .w = 5, .c = 520, .o = 16}, over(padded(1))),
      winograd("no images", {.n = 0}, over(padded(1))),
      winograd("hard swish", {.c = 16}, over(padded(1), {ActivationKind::HardSwish})),
      winograd("residual", {.n = 2, .h = 13, .w = 18, .c = 21, .o = 35},
               over(padded(1), {ActivationKind::Clamp, -0.5F, 0.75F}), true),
      winograd("groups", {.n = 2, .h = 13, .w = 12, .c = 34, .o = 22},
               over(padded(1), {ActivationKind::HardSwish}, 2)),
      winograd("groups of whole vectors", {.h = 14, .w = 14, .c = 96, .o = 192},
               over(padded(1), {ActivationKind::Relu}, 3), true),
      winograd("residual, whole tiles", {.h = 12, .w = 24, .c = 32, .o = 64}, over(padded(1)),
               true),
  };
  check_family("winograd", cases);
}

TEST_CASE("Winograd kernels write over the residual") {
  const KernelCase cases[] = {
      winograd("whole tiles", {.h = 12, .w = 24, .c = 16, .o = 32}, over(padded(1)), true),
      winograd("parts", {.n = 2, .h = 13, .w = 15, .c = 16, .o = 37},
               over(padded(1), {ActivationKind::Silu}), true),
  };
  REQUIRE(may_run_in_place(cases[0].op, 3));
  check_family_in_place("winograd", cases, 3);
}

TEST_CASE("Winograd kernels compute no other convolutions") {
  Window tall = padded(1);
  tall.stride_h = 2;
  const KernelCase cases[] = {
      conv("stride 2", {}, over(strided(2, 1))),
      conv("stride 2 along one axis", {}, over(tall)),
      conv("dilation 2", {}, over(dilated(2, 1))),
      conv("1x1", {.filter_h = 1, .filter_w = 1}, {}),
      conv("3x5", {.filter_w = 5}, over(padded(1))),
  };
  for (const KernelCase& test : cases) {
    for (const Kernel* kernel : all()) {
      INFO(kernel->name << " on " << test.name);
      if (kernel->family == "winograd")
        CHECK(!kernel->supports({test.op, test.src, test.dst}, *kernel));
    }
  }
}

TEST_CASE("errors of Winograd kernels are within their bounds") {
  // Of docs/numerics.md, over the root of the mean square.
  const std::array<double, 7> bounds{0, 0, 6e-7, 0, 1.2e-6, 0, 6e-6};
  const KernelCase test = conv("", {.h = 24, .w = 24, .c = 64, .o = 64}, over(padded(1)));
  Work work{test.op, {}, test.dst};
  for (const TensorSpec& spec : test.src)
    work.src.push_back(random_floats(spec.shape, static_cast<unsigned>(work.src.size())));
  const Call call{test.op, test.src, test.dst};
  const std::vector<float> expected = result_of(*reference(call), {}, work);
  for (const Kernel* kernel : all()) {
    if (kernel->family != "winograd" || !runs_here(kernel->isa)) continue;
    const KernelConfig config = kernel->configs(call, *kernel).front();
    const double error = relative_error(result_of(*kernel, config, work), expected);
    INFO(kernel->name << ": " << error);
    CHECK(error < bounds[static_cast<std::size_t>(config.algorithm)]);
    CHECK(error > 0);
  }
}

}  // namespace tilewright::kernels::tests
