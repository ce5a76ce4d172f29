// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/trial.h"

#include <cmath>
#include <limits>
#include <memory>
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "kernels/row_index.h"
#include "tests/kernels/guarded_memory.h"

namespace tilewright::kernels::tests {
namespace {

enum class Layout { Dense, Gaps };

constexpr std::byte kCanary{0xA5};

Strides strides_of(const Shape& shape, Layout layout) {
  if (layout == Layout::Dense) return dense_strides(shape);
  Strides strides{};
  std::int64_t stride = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    at(strides, axis) = stride;
    stride = stride * std::max<std::int64_t>(shape[axis], 1) + 3 + axis;
  }
  return strides;
}

/// Bytes from the first element to the end of the last.
std::int64_t extent_bytes(const TensorSpec& spec, const Strides& strides) {
  if (spec.shape.elements() == 0) return 0;
  std::int64_t last = 0;
  for (int axis = 0; axis < spec.shape.rank(); ++axis)
    last += (spec.shape[axis] - 1) * at(strides, axis);
  return (last + 1) * size_bytes(spec.dtype);
}

/// A tensor between guard pages, with canaries where it has gaps.
struct PlacedTensor {
  PlacedTensor(const TensorSpec& spec, Layout layout, GuardedEnd end)
      : size_bytes(extent_bytes(spec, strides_of(spec.shape, layout))),
        memory(static_cast<std::size_t>(size_bytes), end),
        ref{memory.data(), spec.dtype, spec.shape, strides_of(spec.shape, layout)} {
    std::fill_n(memory.data(), size_bytes, kCanary);
  }

  template <typename F>
  void for_each_place(F&& f) const {
    const std::int64_t bytes = tilewright::size_bytes(ref.dtype);
    for (std::int64_t i = 0; i < ref.shape.elements(); ++i)
      f(i * bytes, offset_of(ref, index_of(ref.shape, i)) * bytes, bytes);
  }
  void set(const std::vector<std::byte>& dense) {
    for_each_place([&](std::int64_t from, std::int64_t to, std::int64_t bytes) {
      std::memcpy(ref.data + to, dense.data() + from, static_cast<std::size_t>(bytes));
    });
  }
  [[nodiscard]] std::vector<std::byte> dense() const {
    std::vector<std::byte> result(
        static_cast<std::size_t>(ref.shape.elements() * tilewright::size_bytes(ref.dtype)));
    for_each_place([&](std::int64_t to, std::int64_t from, std::int64_t bytes) {
      std::memcpy(result.data() + to, ref.data + from, static_cast<std::size_t>(bytes));
    });
    return result;
  }
  /// Whether all bytes outside the elements are as they were.
  [[nodiscard]] bool gaps_untouched() const {
    std::vector<bool> inside(static_cast<std::size_t>(size_bytes));
    for_each_place([&](std::int64_t, std::int64_t to, std::int64_t bytes) {
      std::fill_n(inside.begin() + to, bytes, true);
    });
    for (std::size_t i = 0; i < inside.size(); ++i) {
      if (!inside[i] && ref.data[i] != kCanary) return false;
    }
    return true;
  }

  std::int64_t size_bytes;
  GuardedMemory memory;
  TensorRef ref;
};

/// How the operands lie in memory and how many rows a call computes; 0 rows means all.
struct Setup {
  Layout src_layout = Layout::Dense;
  Layout dst_layout = Layout::Dense;
  GuardedEnd end = GuardedEnd::Last;
  std::int64_t rows_per_call = 0;
  int in_place = -1;  // the input whose memory is the output's
};

void run_rows(const Kernel& kernel, const Trial& trial, std::span<const TensorRef> src,
              const TensorRef& dst, std::int64_t rows_per_call) {
  std::vector<TensorSpec> specs;
  for (const Values& operand : trial.src)
    specs.push_back(operand.spec);
  const Call call{trial.op, specs, trial.dst};
  const KernelConfig config = kernel.configs(call, kernel).front();
  const std::int64_t rows = row_count(trial.dst.shape);
  const std::int64_t granule = kernel.row_granule(call, kernel, config);
  const GuardedMemory scratch(static_cast<std::size_t>(kernel.scratch_bytes(call, kernel, config)),
                              GuardedEnd::First);
  const std::int64_t step =
      rows_per_call == 0 ? rows : (rows_per_call + granule - 1) / granule * granule;
  for (std::int64_t begin = 0; begin < rows; begin += step) {
    const std::int64_t end = std::min(begin + step, rows);
    kernel.run({trial.op, src, dst, nullptr, scratch.data(), config, kernel, begin, end});
  }
}

std::vector<std::byte> output_of(const Kernel& kernel, const Trial& trial, const Setup& setup) {
  std::vector<PlacedTensor> src;
  std::vector<TensorRef> refs;
  for (const Values& operand : trial.src) {
    src.emplace_back(operand.spec, setup.src_layout, setup.end);
    src.back().set(operand.bytes);
    refs.push_back(src.back().ref);
  }
  PlacedTensor own(trial.dst, setup.dst_layout, setup.end);
  PlacedTensor& dst = setup.in_place < 0 ? own : src[static_cast<std::size_t>(setup.in_place)];
  run_rows(kernel, trial, refs, dst.ref, setup.rows_per_call);
  CHECK(dst.gaps_untouched());
  return dst.dense();
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

bool supported(const Kernel& kernel, const Trial& trial) {
  std::vector<TensorSpec> specs;
  for (const Values& operand : trial.src)
    specs.push_back(operand.spec);
  return kernel.supports({trial.op, specs, trial.dst}, kernel);
}

}  // namespace

bool runs_here(Isa isa) {
  switch (isa) {
    case Isa::Portable:
      return true;
#if defined(__x86_64__)
    case Isa::X86Baseline:
      return true;
    case Isa::X86Avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::X86Avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    case Isa::Arm64Neon:
      return false;
#else
    case Isa::X86Baseline:
    case Isa::X86Avx2:
    case Isa::X86Avx512:
      return false;
    case Isa::Arm64Neon:
      return true;
#endif
  }
  return false;
}

void check_kernel(const Kernel& kernel, const Kernel& reference, const Trial& trial) {
  if (!supported(kernel, trial)) return;
  INFO("kernel " << kernel.name << ", output " << to_string(trial.dst));
  const Values expected{trial.dst, output_of(reference, trial, {})};
  for (const Layout src_layout : {Layout::Dense, Layout::Gaps}) {
    for (const Layout dst_layout : {Layout::Dense, Layout::Gaps}) {
      CAPTURE(static_cast<int>(src_layout), static_cast<int>(dst_layout));
      Setup setup{src_layout, dst_layout};
      const Values whole{trial.dst, output_of(kernel, trial, setup)};
      check_close(whole, expected, trial.tolerance);
      setup.end = GuardedEnd::First;
      CHECK(output_of(kernel, trial, setup) == whole.bytes);
      for (const std::int64_t rows : {1, 2, 5}) {
        CAPTURE(rows);
        setup.rows_per_call = rows;
        CHECK(output_of(kernel, trial, setup) == whole.bytes);
      }
    }
  }
}

void check_kernels(std::span<const Kernel> kernels, std::string_view reference,
                   const Trial& trial) {
  bool any = false;
  for (const Kernel& kernel : kernels) {
    if (kernel.name == reference || !runs_here(kernel.isa) || !supported(kernel, trial)) continue;
    any = true;
    check_kernel(kernel, named(kernels, reference), trial);
  }
  CHECK(any);
}

void check_in_place(std::span<const Kernel> kernels, std::string_view reference, const Trial& trial,
                    std::size_t input) {
  const Values expected{trial.dst, output_of(named(kernels, reference), trial, {})};
  for (const Kernel& kernel : kernels) {
    if (!runs_here(kernel.isa) || !supported(kernel, trial)) continue;
    for (const Layout layout : {Layout::Dense, Layout::Gaps}) {
      for (const std::int64_t rows : {0, 3}) {
        INFO("kernel " << kernel.name << ", rows per call " << rows);
        const Setup setup{layout, layout, GuardedEnd::Last, rows, static_cast<int>(input)};
        check_close({trial.dst, output_of(kernel, trial, setup)}, expected, trial.tolerance);
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
