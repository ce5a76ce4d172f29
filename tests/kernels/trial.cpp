// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/trial.h"

#include <cmath>
#include <limits>
#include <random>

#include <catch2/catch_test_macros.hpp>

namespace tilewright::kernels::tests {
namespace {

/// The output of the kernel's default configuration, computed `rows_per_call` rows at a time.
std::vector<std::byte> output_of(const Kernel& kernel, const Trial& trial, const Setup& setup,
                                 std::int64_t rows_per_call = 0) {
  const std::vector<TensorSpec> specs = trial.specs();
  const KernelConfig config = kernel.configs({trial.op, specs, trial.dst}, kernel).front();
  GuardedRun run(kernel, config, trial, setup);
  return run.result(run.cuts_every(rows_per_call));
}

bool close(float got, float expected, const Tolerance& tolerance) {
  if (std::isnan(expected) || std::isnan(got)) return std::isnan(expected) && std::isnan(got);
  if (std::isinf(expected) || std::isinf(got)) return got == expected;
  const double error = std::fabs(double{got} - double{expected});
  const double denormal = std::numeric_limits<float>::min();  // these may be flushed to 0
  return error <= tolerance.absolute + tolerance.relative * std::fabs(double{expected}) + denormal;
}

void check_close(const Values& got, const Values& expected, const Tolerance& tolerance) {
  if (got.spec.dtype != DType::Float32 || (tolerance.absolute == 0 && tolerance.relative == 0)) {
    CHECK(got.bytes == expected.bytes);
    return;
  }
  const auto a = got.as<float>();
  const auto b = expected.as<float>();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (close(a[i], b[i], tolerance)) continue;
    if (wrong++ == 0) UNSCOPED_INFO("first at " << i << ": got " << a[i] << ", expected " << b[i]);
  }
  CHECK(wrong == 0);
}

}  // namespace

void check_kernel(const Kernel& kernel, const Kernel& reference, const Trial& trial) {
  if (!supports(kernel, trial)) return;
  INFO("kernel " << kernel.name << ", output " << to_string(trial.dst));
  const Values expected{trial.dst, output_of(reference, trial, {})};
  for (const Layout src_layout : {Layout::Dense, Layout::Strided}) {
    for (const Layout dst_layout : {Layout::Dense, Layout::Strided}) {
      CAPTURE(static_cast<int>(src_layout), static_cast<int>(dst_layout));
      Setup setup{src_layout, dst_layout};
      const Values whole{trial.dst, output_of(kernel, trial, setup)};
      check_close(whole, expected, trial.tolerance);
      setup.placement = Placement::AtFront;
      CHECK(output_of(kernel, trial, setup) == whole.bytes);
      for (const std::int64_t rows : {1, 2, 5}) {
        CAPTURE(rows);
        CHECK(output_of(kernel, trial, setup, rows) == whole.bytes);
      }
    }
  }
}

void check_kernels(std::span<const Kernel> kernels, std::string_view reference,
                   const Trial& trial) {
  bool any = false;
  for (const Kernel& kernel : kernels) {
    if (kernel.name == reference || !runs_here(kernel.isa) || !supports(kernel, trial)) continue;
    any = true;
    check_kernel(kernel, named(kernels, reference), trial);
  }
  CHECK(any);
}

void check_in_place(std::span<const Kernel> kernels, std::string_view reference, const Trial& trial,
                    std::size_t input) {
  const Values expected{trial.dst, output_of(named(kernels, reference), trial, {})};
  for (const Kernel& kernel : kernels) {
    if (!runs_here(kernel.isa) || !supports(kernel, trial)) continue;
    for (const Layout layout : {Layout::Dense, Layout::Strided}) {
      for (const std::int64_t rows : {0, 3}) {
        INFO("kernel " << kernel.name << ", rows per call " << rows);
        const Setup setup{layout, layout, Placement::AtBack, input};
        check_close({trial.dst, output_of(kernel, trial, setup, rows)}, expected, trial.tolerance);
      }
    }
  }
}

Values random_floats(Shape shape, unsigned seed) {
  std::mt19937 bits(seed);
  std::vector<float> elements(static_cast<std::size_t>(shape.elements()));
  for (float& x : elements)
    x = static_cast<float>(bits() >> 8) * 0x1p-21F - 4;
  return values<float>(shape, elements);
}

Values special_floats(Shape shape, unsigned seed, float largest) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float specials[] = {std::nanf(""), infinity, -infinity, 0.0F, -0.0F, 1e-40F,
                            -1e-40F,       88.5F,    -88.5F,    1e4F, -1e4F, largest};
  std::vector<float> elements = random_floats(shape, seed).as<float>();
  std::mt19937 bits(seed + 1);
  for (float& x : elements) {
    const auto choice = bits() % 48;
    if (choice < std::size(specials)) x = specials[choice];
  }
  return values<float>(shape, elements);
}

Values distinct(DType dtype, Shape shape) {
  Values result{{"", dtype, shape, {}}, {}};
  result.bytes.resize(static_cast<std::size_t>(result.spec.size_bytes()));
  std::mt19937 bits(7);
  for (std::byte& byte : result.bytes)
    byte = static_cast<std::byte>(bits() & 0xFFU);
  return result;
}

}  // namespace tilewright::kernels::tests
