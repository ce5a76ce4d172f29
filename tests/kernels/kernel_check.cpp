// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/kernel_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "kernels/registry.h"
#include "tests/kernels/guarded_run.h"

namespace tilewright::kernels::tests {
namespace {

using Bytes = std::vector<std::byte>;
using Random = std::mt19937;
using InPlace = std::optional<std::size_t>;

/// Configurations tried per kernel and case: the default and a spread of the others.
constexpr std::size_t kConfigsTried = 6;

template <typename T>
void fill(Bytes& bytes, const KernelCase& test, Random& random) {
  std::uniform_real_distribution<double> uniform(test.low, test.high);
  for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
    const auto value = static_cast<T>(uniform(random));
    std::memcpy(&bytes[i], &value, sizeof(T));
  }
}

Bytes random_values(const TensorSpec& spec, const KernelCase& test, Random& random) {
  Bytes bytes(static_cast<std::size_t>(spec.size_bytes()));
  switch (spec.dtype) {
    case DType::Float32:
      fill<float>(bytes, test, random);
      break;
    case DType::Float64:
      fill<double>(bytes, test, random);
      break;
    case DType::Int32:
      fill<std::int32_t>(bytes, test, random);
      break;
    case DType::Int64:
      fill<std::int64_t>(bytes, test, random);
      break;
    case DType::Int8:
      fill<std::int8_t>(bytes, test, random);
      break;
    case DType::UInt8:
    case DType::Bool:
      fill<std::uint8_t>(bytes, test, random);
      break;
    case DType::Int16:
    case DType::Float16:
      fill<std::int16_t>(bytes, test, random);
      break;
  }
  return bytes;
}

/// The first and the last of `all`, and some of the others.
std::vector<std::int64_t> random_cuts(const std::vector<std::int64_t>& all, Random& random) {
  std::vector<std::int64_t> cuts{all.front()};
  for (std::size_t i = 1; i + 1 < all.size(); ++i) {
    if (random() % 3 == 0) cuts.push_back(all[i]);
  }
  cuts.push_back(all.back());
  return cuts;
}

bool has_nan(const Bytes& bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, &bytes[i], sizeof value);
    if (std::isnan(value)) return true;
  }
  return false;
}

/// The largest error over 1 + |expected|; infinite where only one of the two is a NaN, unless NaN
/// may spread.
double float_error(const Bytes& got, const Bytes& expected, bool nan_may_spread) {
  const bool is_excused = nan_may_spread && has_nan(expected);
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); i += sizeof(float)) {
    float g = 0;
    float e = 0;
    std::memcpy(&g, &got[i], sizeof g);
    std::memcpy(&e, &expected[i], sizeof e);
    if (std::isnan(g) && (std::isnan(e) || is_excused)) continue;
    if (g == e) continue;
    const double error = std::abs(double{g} - e) / (1 + std::abs(double{e}));
    worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
  }
  return worst;
}

void check_values(const Bytes& got, const Bytes& expected, const KernelCase& test) {
  if (test.dst.dtype == DType::Float32) {
    CHECK(float_error(got, expected, test.nan_may_spread) <= test.tolerance);
  } else {
    const bool same_bits = got == expected;
    CHECK(same_bits);
  }
}

/// Every panel by itself, and some together.
void check_columns(const Kernel& kernel, GuardedRun& run, const Bytes& whole, Random& random) {
  if (kernel.column_granule == nullptr) return;
  const std::vector<std::int64_t> cuts = run.column_cuts();
  const bool same_bits_each = run.result_by_columns(cuts) == whole;
  CHECK(same_bits_each);
  const bool same_bits_some = run.result_by_columns(random_cuts(cuts, random)) == whole;
  CHECK(same_bits_some);
}

void check_config(const Kernel& kernel, const KernelConfig& config, const KernelCase& test,
                  const Work& work, const Bytes& expected, InPlace in_place) {
  Random random(7);
  for (const Layout layout : {Layout::Dense, Layout::Strided}) {
    for (const Placement placement : {Placement::AtFront, Placement::AtBack}) {
      GuardedRun run(kernel, config, work, {layout, layout, placement, in_place});
      const Bytes whole = run.result(run.cuts_every(0));
      check_values(whole, expected, test);
      const bool same_bits = run.result(random_cuts(run.cuts_every(1), random)) == whole;
      CHECK(same_bits);
      check_columns(kernel, run, whole, random);
    }
  }
}

Bytes reference_values(const Work& work) {
  const std::vector<TensorSpec> specs = work.specs();
  const Kernel* kernel = reference({work.op, specs, work.dst});
  REQUIRE(kernel != nullptr);
  GuardedRun run(*kernel, {}, work, {});
  return run.result(run.cuts_every(0));
}

/// Random values, and the same with some NaN in the first operand.
std::vector<Work> works_of(const KernelCase& test) {
  Random random(11);
  Work work{test.op, {}, test.dst};
  for (const TensorSpec& spec : test.src)
    work.src.push_back({spec, random_values(spec, test, random)});
  std::vector<Work> works{work};
  const std::size_t elements = work.src.empty() ? 0 : work.src[0].bytes.size() / sizeof(float);
  if (elements == 0 || test.src[0].dtype != DType::Float32) return works;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (int i = 0; i < 3; ++i)
    std::memcpy(&work.src[0].bytes[random() % elements * sizeof(float)], &nan, sizeof nan);
  works.push_back(work);
  return works;
}

std::vector<KernelConfig> tried_configs(const Call& call, const Kernel& kernel) {
  const std::vector<KernelConfig> configs = kernel.configs(call, kernel);
  REQUIRE(!configs.empty());
  for (const KernelConfig& config : configs)
    CHECK(kernel.config_ok(call, kernel, config));
  std::vector<KernelConfig> tried;
  const std::size_t step = (configs.size() + kConfigsTried - 1) / kConfigsTried;
  for (std::size_t i = 0; i < configs.size(); i += step)
    tried.push_back(configs[i]);
  return tried;
}

std::vector<const Kernel*> checked_kernels(std::string_view family) {
  std::vector<const Kernel*> kernels;
  for (const Kernel* kernel : all()) {
    if (kernel->family == family && runs_here(kernel->isa) && !kernel->name.ends_with("_reference"))
      kernels.push_back(kernel);
  }
  return kernels;
}

void check_cases(std::string_view family, std::span<const KernelCase> cases, InPlace in_place,
                 std::string_view specialised) {
  const std::vector<const Kernel*> kernels = checked_kernels(family);
  REQUIRE(!kernels.empty());
  std::vector<bool> used(kernels.size(), false);
  for (const KernelCase& test : cases) {
    const Call call{test.op, test.src, test.dst};
    bool supported = false;
    for (const Work& work : works_of(test)) {
      const Bytes expected = reference_values(work);
      for (std::size_t i = 0; i < kernels.size(); ++i) {
        if (!kernels[i]->supports(call, *kernels[i])) continue;
        supported = used[i] = true;
        for (const KernelConfig& config : tried_configs(call, *kernels[i])) {
          INFO(kernels[i]->name << " on " << test.name << ", config " << config.algorithm << " "
                                << config.block_rows << " " << config.block_columns << " "
                                << config.block_depth);
          check_config(*kernels[i], config, test, work, expected, in_place);
        }
      }
    }
    INFO(test.name);
    CHECK(supported);
  }
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    INFO(kernels[i]->name);
    const bool is_special =
        !specialised.empty() && kernels[i]->name.find(specialised) != std::string_view::npos;
    CHECK((used[i] || is_special));
  }
}

}  // namespace

void check_family(std::string_view family, std::span<const KernelCase> cases,
                  std::string_view specialised) {
  check_cases(family, cases, std::nullopt, specialised);
}

void check_family_in_place(std::string_view family, std::span<const KernelCase> cases,
                           std::size_t input, std::string_view specialised) {
  check_cases(family, cases, input, specialised);
}

}  // namespace tilewright::kernels::tests
