// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/kernel_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "kernels/registry.h"
#include "runtime/cpu_features.h"
#include "tests/kernels/guarded_tensor.h"

namespace tilewright::kernels::tests {
namespace {

using Bytes = std::vector<std::byte>;
using Random = std::mt19937;

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

/// The input whose memory is the output's, if any.
using InPlace = std::optional<std::size_t>;

/// One kernel with its packed constants and operands in guarded memory.
class Run {
 public:
  Run(const Kernel& kernel, const KernelConfig& config, const KernelCase& test,
      const std::vector<Bytes>& values, Layout layout, Placement placement, InPlace in_place)
      : kernel_(kernel),
        config_(config),
        call_{test.op, test.src, test.dst},
        dst_(test.dst, layout, placement),
        packed_(kernel.packed_bytes(call_, kernel, config), placement, kTensorAlignment),
        scratch_(kernel.scratch_bytes(call_, kernel, config), placement, kTensorAlignment) {
    const std::uint32_t consumed = kernel.packed_inputs(call_, kernel);
    std::vector<std::unique_ptr<GuardedTensor>> constants;
    std::vector<const std::byte*> constant_data;
    for (std::size_t i = 0; i < test.src.size(); ++i) {
      const bool is_packed = (consumed >> i & 1U) != 0;
      auto tensor = std::make_unique<GuardedTensor>(test.src[i], is_packed ? Layout::Dense : layout,
                                                    placement);
      tensor->write(values[i]);
      refs_.push_back(tensor->ref());
      constant_data.push_back(is_packed ? tensor->ref().data : nullptr);
      if (is_packed) refs_.back().data = nullptr;
      (is_packed ? constants : operands_).push_back(std::move(tensor));
    }
    if (in_place) {
      refs_[*in_place] = dst_.ref();
      overwritten_ = values[*in_place];
    }
    kernel.pack(call_, kernel, config, constant_data, packed_.data());
  }

  /// Computes the rows between each two neighbours of `cuts`, from the last pair to the first.
  Bytes result(const std::vector<std::int64_t>& cuts) {
    dst_.poison();
    if (!overwritten_.empty()) dst_.write(overwritten_);
    const TensorRef dst = dst_.ref();
    for (std::size_t i = cuts.size() - 1; i > 0; --i) {
      scratch_.poison();
      kernel_.run({call_.op, refs_, dst, packed_.data(), scratch_.data(), config_, kernel_,
                   cuts[i - 1], cuts[i]});
    }
    Bytes values = dst_.read();
    CHECK(dst_.gaps_are_poisoned());
    CHECK(packed_.surroundings_are_poisoned());
    CHECK(scratch_.surroundings_are_poisoned());
    return values;
  }

  /// Random cuts at multiples of the granule.
  [[nodiscard]] std::vector<std::int64_t> random_cuts(Random& random) const {
    const std::int64_t rows = row_count(call_.dst.shape);
    const std::int64_t granule = kernel_.row_granule(call_, kernel_, config_);
    REQUIRE(granule >= 1);
    std::vector<std::int64_t> cuts{0};
    for (std::int64_t cut = granule; cut < rows; cut += granule) {
      if (random() % 3 == 0) cuts.push_back(cut);
    }
    cuts.push_back(rows);
    return cuts;
  }

 private:
  const Kernel& kernel_;
  KernelConfig config_;
  Call call_;
  GuardedTensor dst_;
  Bytes overwritten_;  // what the output's memory holds before, if it is an input's
  GuardedBuffer packed_;
  GuardedBuffer scratch_;
  std::vector<std::unique_ptr<GuardedTensor>> operands_;
  std::vector<TensorRef> refs_;
};

/// The largest error over 1 + |expected|; infinite where only one of the two is a NaN.
double float_error(const Bytes& got, const Bytes& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); i += sizeof(float)) {
    float g = 0;
    float e = 0;
    std::memcpy(&g, &got[i], sizeof g);
    std::memcpy(&e, &expected[i], sizeof e);
    if (std::isnan(e) && std::isnan(g)) continue;
    if (g == e) continue;
    const double error = std::abs(double{g} - e) / (1 + std::abs(double{e}));
    worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
  }
  return worst;
}

void check_values(const Bytes& got, const Bytes& expected, const KernelCase& test) {
  if (test.dst.dtype == DType::Float32) {
    CHECK(float_error(got, expected) <= test.tolerance);
  } else {
    const bool same_bits = got == expected;
    CHECK(same_bits);
  }
}

void check_config(const Kernel& kernel, const KernelConfig& config, const KernelCase& test,
                  const std::vector<Bytes>& values, const Bytes& expected, InPlace in_place) {
  const std::int64_t rows = row_count(test.dst.shape);
  Random random(7);
  for (const Layout layout : {Layout::Dense, Layout::Strided}) {
    for (const Placement placement : {Placement::AtFront, Placement::AtBack}) {
      Run run(kernel, config, test, values, layout, placement, in_place);
      const Bytes whole = run.result({0, rows});
      check_values(whole, expected, test);
      const bool same_bits = run.result(run.random_cuts(random)) == whole;
      CHECK(same_bits);
    }
  }
}

Bytes reference_values(const KernelCase& test, const std::vector<Bytes>& values) {
  const Kernel* kernel = reference({test.op, test.src, test.dst});
  REQUIRE(kernel != nullptr);
  Run run(*kernel, {}, test, values, Layout::Dense, Placement::AtBack, std::nullopt);
  return run.result({0, row_count(test.dst.shape)});
}

/// Values, and the same with some NaN in the first operand.
std::vector<std::vector<Bytes>> value_sets(const KernelCase& test) {
  Random random(11);
  std::vector<Bytes> values;
  for (const TensorSpec& spec : test.src)
    values.push_back(random_values(spec, test, random));
  std::vector<std::vector<Bytes>> sets{values};
  const std::size_t elements = values.empty() ? 0 : values[0].size() / sizeof(float);
  if (elements == 0 || test.src[0].dtype != DType::Float32) return sets;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (int i = 0; i < 3; ++i)
    std::memcpy(&values[0][random() % elements * sizeof(float)], &nan, sizeof nan);
  sets.push_back(values);
  return sets;
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

bool runs_here(const Kernel& kernel) {
  return (runtime::supported_isas() & runtime::bit(kernel.isa)) != 0;
}

std::vector<const Kernel*> checked_kernels(std::string_view family) {
  std::vector<const Kernel*> kernels;
  for (const Kernel* kernel : all()) {
    if (kernel->family == family && runs_here(*kernel) && !kernel->name.ends_with("_reference"))
      kernels.push_back(kernel);
  }
  return kernels;
}

void check_cases(std::string_view family, std::span<const KernelCase> cases, InPlace in_place) {
  const std::vector<const Kernel*> kernels = checked_kernels(family);
  REQUIRE(!kernels.empty());
  std::vector<bool> used(kernels.size(), false);
  for (const KernelCase& test : cases) {
    const Call call{test.op, test.src, test.dst};
    bool supported = false;
    for (const std::vector<Bytes>& values : value_sets(test)) {
      const Bytes expected = reference_values(test, values);
      for (std::size_t i = 0; i < kernels.size(); ++i) {
        if (!kernels[i]->supports(call, *kernels[i])) continue;
        supported = used[i] = true;
        for (const KernelConfig& config : tried_configs(call, *kernels[i])) {
          INFO(kernels[i]->name << " on " << test.name << ", config " << config.algorithm << " "
                                << config.block_rows << " " << config.block_columns << " "
                                << config.block_depth);
          check_config(*kernels[i], config, test, values, expected, in_place);
        }
      }
    }
    INFO(test.name);
    CHECK(supported);
  }
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    INFO(kernels[i]->name);
    CHECK(used[i]);
  }
}

}  // namespace

void check_family(std::string_view family, std::span<const KernelCase> cases) {
  check_cases(family, cases, std::nullopt);
}

void check_family_in_place(std::string_view family, std::span<const KernelCase> cases,
                           std::size_t input) {
  check_cases(family, cases, input);
}

}  // namespace tilewright::kernels::tests
