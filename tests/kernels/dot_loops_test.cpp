// SPDX-License-Identifier: Apache-2.0
// The loops around the dot kernels: in which order blocks of rows meet blocks of columns.
#include <catch2/catch_test_macros.hpp>

#include "kernels/registry.h"
#include "tests/kernels/conv_cases.h"
#include "tests/kernels/guarded_run.h"
#include "tests/kernels/trial.h"

namespace tilewright::kernels::tests {
namespace {

using Bytes = std::vector<std::byte>;

Work work_of(const KernelCase& test) {
  Work work{test.op, {}, test.dst};
  for (const TensorSpec& spec : test.src)
    work.src.push_back(random_floats(spec.shape, static_cast<unsigned>(work.src.size() + 1)));
  return work;
}

KernelCase product(std::string name, std::int64_t rows, std::int64_t depth, std::int64_t columns) {
  return {std::move(name),
          FullyConnected{},
          {floats({rows, depth}), floats({columns, depth}), floats({columns})},
          floats({rows, columns})};
}

std::vector<const Kernel*> dot_kernels_for(const Call& call) {
  std::vector<const Kernel*> kernels;
  for (const Kernel* kernel : all()) {
    if (kernel->family == "dot" && kernel->isa != Isa::Portable && runs_here(kernel->isa) &&
        kernel->supports(call, *kernel))
      kernels.push_back(kernel);
  }
  return kernels;
}

Bytes whole(const Kernel& kernel, const KernelConfig& config, const Work& work,
            const Setup& setup) {
  GuardedRun run(kernel, config, work, setup);
  return run.result(run.cuts_every(0));
}

/// All inputs, blocks of rows and of the reduction, with all columns at once.
std::vector<KernelConfig> rows_first(const Call& call, const Kernel& kernel) {
  std::vector<KernelConfig> configs;
  for (std::int32_t algorithm = 0; algorithm < 3; ++algorithm) {
    for (const std::int32_t rows : {0, 2}) {
      for (const std::int32_t depth : {0, 4}) {
        const KernelConfig config{algorithm, rows, 0, depth};
        if (kernel.config_ok(call, kernel, config)) configs.push_back(config);
      }
    }
  }
  return configs;
}

void check_orders(const Kernel& kernel, const Call& call, const Work& work, const Setup& setup) {
  for (KernelConfig config : rows_first(call, kernel)) {
    const Bytes expected = whole(kernel, config, work, setup);
    for (const std::int32_t columns : {2, 1 << 30}) {
      config.block_columns = columns;
      INFO(kernel.name << ", config " << config.algorithm << " " << config.block_rows << " "
                       << columns << " " << config.block_depth);
      REQUIRE(kernel.config_ok(call, kernel, config));
      GuardedRun run(kernel, config, work, setup);
      const bool same_bits = run.result(run.cuts_every(0)) == expected;
      CHECK(same_bits);
      const bool same_bits_by_rows = run.result(run.cuts_every(1)) == expected;
      CHECK(same_bits_by_rows);
      if (kernel.column_granule == nullptr || setup.in_place) continue;
      const bool same_bits_by_columns = run.result_by_columns(run.column_cuts()) == expected;
      CHECK(same_bits_by_columns);
    }
  }
}

}  // namespace

TEST_CASE("dot kernels give the same bits whether rows or columns are outermost") {
  const ConvSizes pointwise{.h = 5, .w = 13, .c = 12, .o = 149, .filter_h = 1, .filter_w = 1};
  KernelCase transposed{"a by columns",
                        MatMul{.transpose_a = true},
                        {floats({2, 10, 31}), floats({2, 10, 137})},
                        floats({2, 31, 137})};
  const KernelCase cases[] = {
      conv("1x1", pointwise, over({}, {ActivationKind::HardSwish})),
      conv("1x1 in 2 groups", {.c = 8, .o = 140, .filter_h = 1, .filter_w = 1}, over({}, {}, 2)),
      conv("3x3 inside", {.n = 2, .w = 20, .c = 4, .o = 131}, over({}, {ActivationKind::Silu})),
      conv("3x3 with padding", {.n = 2, .w = 17, .c = 6, .o = 70}, over(padded(1))),
      conv("3 channels, stride 2", {.h = 9, .w = 61, .c = 3, .o = 70}, over(strided(2, 1))),
      product("one row", 1, 24, 150),
      product("no depth", 9, 0, 137),
      transposed,
  };
  for (const KernelCase& test : cases) {
    const Work work = work_of(test);
    const Call call{test.op, test.src, test.dst};
    const std::vector<const Kernel*> kernels = dot_kernels_for(call);
    REQUIRE(!kernels.empty());
    INFO(test.name);
    for (const Kernel* kernel : kernels)
      check_orders(*kernel, call, work, {Layout::Strided, Layout::Strided, Placement::AtBack});
  }
}

TEST_CASE("dot kernels write over the residual whether rows or columns are outermost") {
  const KernelCase cases[] = {
      conv("1x1", {.h = 5, .w = 13, .c = 12, .o = 149, .filter_h = 1, .filter_w = 1},
           over({}, {ActivationKind::HardSwish}), true),
      conv("3x3", {.w = 17, .c = 4, .o = 131}, over(padded(1), {ActivationKind::Relu}), true),
  };
  for (const KernelCase& test : cases) {
    const Work work = work_of(test);
    const Call call{test.op, test.src, test.dst};
    INFO(test.name);
    for (const Kernel* kernel : dot_kernels_for(call))
      check_orders(*kernel, call, work, {Layout::Dense, Layout::Dense, Placement::AtBack, 3});
  }
}

TEST_CASE("dot kernels whose last rows share many weights give the bits of single tiles") {
  const KernelCase test = product("33 rows, 2 MiB of weights", 33, 530, 1000);
  const Work work = work_of(test);
  const Call call{test.op, test.src, test.dst};
  const Setup setup{Layout::Dense, Layout::Dense, Placement::AtBack};
  for (const Kernel* kernel : dot_kernels_for(call)) {
    INFO(kernel->name);
    for (const std::int32_t algorithm : {0, 1}) {
      GuardedRun run(*kernel, {.algorithm = algorithm}, work, setup);
      const bool same_bits = run.result(run.cuts_every(0)) == run.result(run.cuts_every(1));
      CHECK(same_bits);
    }
  }
}

TEST_CASE("dot kernels try columns outermost where weights are large and rows still larger") {
  const KernelCase large =
      conv("large", {.h = 28, .w = 28, .c = 512, .o = 256, .filter_h = 1, .filter_w = 1}, {});
  const KernelCase others[] = {
      conv("fewer rows than columns",
           {.h = 14, .w = 14, .c = 1024, .o = 512, .filter_h = 1, .filter_w = 1}, {}),
      conv("few weights", {.h = 28, .w = 28, .c = 512, .o = 128, .filter_h = 1, .filter_w = 1}, {}),
      conv("3x3", {.h = 28, .w = 28, .c = 512, .o = 256}, over(padded(1))),
      conv("in 2 groups", {.h = 28, .w = 28, .c = 1024, .o = 512, .filter_h = 1, .filter_w = 1},
           over({}, {}, 2)),
  };
  const auto columns_first = [](const KernelCase& test, const Kernel& kernel) {
    const Call call{test.op, test.src, test.dst};
    int found = 0;
    for (const KernelConfig& config : kernel.configs(call, kernel)) {
      CHECK(kernel.config_ok(call, kernel, config));
      if (config.block_columns == 0) continue;
      CHECK(config.block_columns * kernel.tile.nr < test.dst.shape.last());
      CHECK(config.block_rows > 0);
      ++found;
    }
    return found;
  };
  for (const Kernel* kernel : dot_kernels_for({large.op, large.src, large.dst})) {
    INFO(kernel->name);
    CHECK(columns_first(large, *kernel) == 1);
    for (const KernelCase& other : others)
      CHECK(columns_first(other, *kernel) == 0);
  }
}

}  // namespace tilewright::kernels::tests
