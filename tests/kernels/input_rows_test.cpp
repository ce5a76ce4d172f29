// SPDX-License-Identifier: Apache-2.0
// Kernels touch no row of an input but those that `input_rows` names: only these are there, between
// pages that nobody may touch.
#include "kernels/input_rows.h"

#include <cstring>
#include <memory>

#include <catch2/catch_test_macros.hpp>

#include "kernels/registry.h"
#include "runtime/mover.h"
#include "tests/kernels/guarded_run.h"
#include "tests/kernels/kernel_check.h"
#include "tests/kernels/trial.h"

namespace tilewright::kernels::tests {
namespace {

using Bytes = std::vector<std::byte>;

struct RowsCase {
  std::string name;
  Op op;
  std::vector<Shape> src;
  Shape dst;

  [[nodiscard]] Work work() const {
    Work work{op, {}, floats(dst)};
    for (std::size_t i = 0; i < src.size(); ++i)
      work.src.push_back(random_floats(src[i], static_cast<unsigned>(i + 1)));
    return work;
  }
};

std::int64_t row_bytes(const Shape& shape) {
  return column_count(shape) * std::int64_t{sizeof(float)};
}

/// Rows of a dense tensor, and nothing else of it.
class SomeRows {
 public:
  SomeRows(const TensorSpec& spec, RowRange rows, Placement placement)
      : spec_(spec),
        begin_bytes_(rows.begin * row_bytes(spec.shape)),
        buffer_((rows.end - rows.begin) * row_bytes(spec.shape), placement, sizeof(float)) {}

  void write(const Bytes& dense) {
    std::memcpy(buffer_.data(), dense.data() + begin_bytes_, buffer_.bytes().size());
  }
  [[nodiscard]] bool holds(const Bytes& dense) const {
    return std::memcmp(buffer_.data(), dense.data() + begin_bytes_, buffer_.bytes().size()) == 0 &&
           buffer_.surroundings_are_poisoned();
  }
  /// The whole tensor, most of which is not there.
  [[nodiscard]] TensorRef ref() const {
    return {runtime::moved_back(buffer_.data(), begin_bytes_), spec_.dtype, spec_.shape,
            dense_strides(spec_.shape)};
  }

 private:
  TensorSpec spec_;
  std::int64_t begin_bytes_;
  GuardedBuffer buffer_;
};

void pack(const Work& work, const Call& call, const Kernel& kernel, const KernelConfig& config,
          std::byte* packed) {
  std::vector<const std::byte*> constants;
  const std::uint32_t consumed = kernel.packed_inputs(call, kernel);
  for (std::size_t i = 0; i < work.src.size(); ++i)
    constants.push_back((consumed >> i & 1U) != 0 ? work.src[i].bytes.data() : nullptr);
  kernel.pack(call, kernel, config, constants, packed);
}

/// Whether `rows` come out as in `whole` where only the rows of inputs that they are said to be
/// made of are there.
bool gives_rows(const Work& work, const Kernel& kernel, const KernelConfig& config,
                const std::byte* packed, RowRange rows, const Bytes& whole, Placement placement) {
  const std::vector<TensorSpec> specs = work.specs();
  const Call call{work.op, specs, work.dst};
  const std::uint32_t consumed = kernel.packed_inputs(call, kernel);
  std::vector<std::unique_ptr<SomeRows>> parts;
  std::vector<TensorRef> src;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const RowRange all{0, row_count(specs[i].shape)};
    parts.push_back(std::make_unique<SomeRows>(
        specs[i], input_rows(call, kernel, i, rows).value_or(all), placement));
    parts.back()->write(work.src[i].bytes);
    src.push_back(parts.back()->ref());
    if ((consumed >> i & 1U) != 0) src.back().data = nullptr;
  }
  const SomeRows dst(work.dst, rows, placement);
  const GuardedBuffer scratch(kernel.scratch_bytes(call, kernel, config), placement,
                              kTensorAlignment);
  const TensorRef ref = dst.ref();
  kernel.run({work.op, src, ref, packed, scratch.data(), config, kernel, rows.begin, rows.end, {}});
  return dst.holds(whole);
}

void check_config(const Work& work, const Kernel& kernel, const KernelConfig& config) {
  const std::vector<TensorSpec> specs = work.specs();
  const Call call{work.op, specs, work.dst};
  const GuardedBuffer packed(kernel.packed_bytes(call, kernel, config), Placement::AtFront,
                             kTensorAlignment);
  pack(work, call, kernel, config, packed.data());
  GuardedRun run(kernel, config, work, {});
  const Bytes whole = run.result(run.cuts_every(0));
  const std::vector<std::int64_t> cuts = run.cuts_every(1);
  for (std::size_t begin = 0; begin + 1 < cuts.size(); begin += 1 + cuts.size() / 5) {
    for (std::size_t end = begin + 1; end < cuts.size(); end += 1 + cuts.size() / 4) {
      const RowRange rows{cuts[begin], cuts[end]};
      CAPTURE(rows.begin, rows.end);
      for (const Placement placement : {Placement::AtFront, Placement::AtBack})
        CHECK(gives_rows(work, kernel, config, packed.data(), rows, whole, placement));
    }
  }
}

/// Every kernel for which the rows of input `input` are known; returns how many.
std::size_t check_rows(const RowsCase& test, std::size_t input) {
  const Work work = test.work();
  const std::vector<TensorSpec> specs = work.specs();
  const Call call{work.op, specs, work.dst};
  std::size_t checked = 0;
  for (const Kernel* kernel : all()) {
    if (!runs_here(kernel->isa) || !supports(*kernel, work)) continue;
    if (!input_rows(call, *kernel, input, {0, 1})) continue;
    const std::vector<KernelConfig> configs = kernel->configs(call, *kernel);
    for (std::size_t i = 0; i < configs.size(); i += 1 + configs.size() / 4) {
      INFO(kernel->name << " on " << test.name << ", algorithm " << configs[i].algorithm);
      check_config(work, *kernel, configs[i]);
    }
    ++checked;
  }
  return checked;
}

RowRange rows_of(const RowsCase& test, std::size_t input, RowRange rows) {
  const Work work = test.work();
  const std::vector<TensorSpec> specs = work.specs();
  const Call call{work.op, specs, work.dst};
  const auto result = input_rows(call, *reference(call), input, rows);
  return result.value_or(RowRange{-1, -1});
}

RowsCase softmax(const Shape& shape, std::int32_t axis) {
  return {"softmax along " + std::to_string(axis), Softmax{axis, 0.5F}, {shape}, shape};
}

RowsCase matmul(std::string name, const Shape& a, const Shape& b, const Shape& dst,
                const MatMul& op = {}) {
  return {"matmul, " + std::move(name), op, {a, b}, dst};
}

RowsCase sum(std::string name, const Shape& a, const Shape& b, const Shape& dst,
             Activation activation = {}) {
  return {"sum, " + std::move(name), Binary{BinaryKind::Sub, activation}, {a, b}, dst};
}

constexpr RowRange kUnknown{-1, -1};

}  // namespace

TEST_CASE("a softmax touches the rows it makes, or the blocks of its axis that they are in") {
  for (const RowsCase& test :
       {softmax({2, 3, 5, 37}, 3), softmax({9, 5}, 1), softmax({2, 3, 5, 19}, 2),
        softmax({2, 3, 5, 19}, 1), softmax({4, 7}, 0), softmax({19}, 0)})
    CHECK(check_rows(test, 0) >= 2);
  const Shape shape{2, 3, 5, 19};
  CHECK(rows_of(softmax(shape, 3), 0, {4, 9}) == RowRange{4, 9});
  CHECK(rows_of(softmax(shape, 2), 0, {4, 9}) == RowRange{0, 10});
  CHECK(rows_of(softmax(shape, 1), 0, {4, 9}) == RowRange{0, 15});
  CHECK(rows_of(softmax(shape, 1), 0, {14, 16}) == RowRange{0, 30});
}

TEST_CASE("a product of matrices touches the rows of the first that it multiplies") {
  const MatMul tb{.transpose_b = true};
  const RowsCase cases[] = {
      matmul("plain", {37, 23}, {23, 35}, {37, 35}),
      matmul("batched", {2, 3, 17, 8}, {2, 3, 8, 33}, {2, 3, 17, 33}),
      matmul("whole tiles", {2, 28, 64}, {2, 64, 96}, {2, 28, 96}),
      matmul("b is shared", {3, 15, 8}, {8, 33}, {3, 15, 33}),
      matmul("b by rows", {2, 31, 9}, {2, 40, 9}, {2, 31, 40}, tb),
      matmul("deep", {2, 5, 530}, {2, 530, 20}, {2, 5, 20}),
  };
  for (const RowsCase& test : cases) {
    CHECK(check_rows(test, 0) >= 2);
    CHECK(rows_of(test, 0, {3, 8}) == RowRange{3, 8});
    CHECK(rows_of(test, 1, {3, 8}) == kUnknown);
  }
  CHECK(rows_of(matmul("a by columns", {2, 9, 31}, {2, 9, 40}, {2, 31, 40}, {.transpose_a = true}),
                0, {3, 8}) == kUnknown);
  // As many rows as the output, but in another order.
  CHECK(rows_of(matmul("square", {9, 9}, {9, 9}, {9, 9}, {.transpose_a = true}), 0, {3, 8}) ==
        kUnknown);
  CHECK(rows_of(matmul("a is shared", {1, 15, 8}, {3, 8, 33}, {3, 15, 33}), 0, {3, 8}) == kUnknown);
  CHECK(rows_of(matmul("a has no batch", {15, 8}, {3, 8, 33}, {3, 15, 33}), 0, {3, 8}) == kUnknown);
}

TEST_CASE("a pair of operands touches the rows of those that have the output's") {
  const Shape shape{2, 3, 5, 19};
  for (const Activation activation :
       {Activation{}, Activation{ActivationKind::Relu6}, Activation{ActivationKind::HardSwish}}) {
    const RowsCase cases[] = {
        sum("same shapes", shape, shape, shape, activation),
        sum("one number", shape, {1}, shape, activation),
        sum("a row", shape, {19}, shape, activation),
        sum("a row of each image", shape, {2, 1, 1, 19}, shape, activation),
        sum("a line", shape, {5, 19}, shape, activation),
        sum("a number of each row", shape, {2, 3, 5, 1}, shape, activation),
        sum("a number of each column", shape, {1, 3, 1, 1}, shape, activation),
    };
    for (const RowsCase& test : cases) {
      CHECK(check_rows(test, 0) >= 2);
      CHECK(rows_of(test, 0, {4, 9}) == RowRange{4, 9});
      const RowsCase exchanged = sum(test.name, test.src[1], shape, shape, activation);
      CHECK(check_rows(exchanged, 1) >= 2);
    }
  }
  const RowsCase rows = sum("a number of each row", {2, 3, 5, 1}, shape, shape);
  CHECK(check_rows(rows, 0) >= 2);
  CHECK(rows_of(rows, 0, {4, 9}) == RowRange{4, 9});
  CHECK(rows_of(sum("a row", {1, 1, 1, 19}, shape, shape), 0, {4, 9}) == kUnknown);
  CHECK(rows_of(sum("a line", {5, 19}, shape, shape), 0, {4, 9}) == kUnknown);
  CHECK(rows_of(sum("one number", {1}, shape, shape), 0, {4, 9}) == kUnknown);
}

TEST_CASE("windows, dense layers and normalisation touch the rows they are made of") {
  const Window window{.stride_h = 2, .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
  const RowsCase cases[] = {
      {"conv2d", Conv2d{.window = window}, {{2, 9, 7, 6}, {20, 3, 3, 6}, {20}}, {2, 5, 7, 20}},
      {"depthwise",
       DepthwiseConv2d{.window = window},
       {{2, 9, 7, 20}, {3, 3, 20}, {20}},
       {2, 5, 7, 20}},
      {"pool", Pool2d{PoolKind::Average, 3, 3, window}, {{2, 9, 7, 20}}, {2, 5, 7, 20}},
      {"fully connected", FullyConnected{}, {{2, 17, 24}, {40, 24}, {40}}, {2, 17, 40}},
      {"layer norm", LayerNorm{}, {{2, 17, 24}, {24}, {24}}, {2, 17, 24}},
  };
  for (const RowsCase& test : cases)
    CHECK(check_rows(test, 0) >= 2);
}

}  // namespace tilewright::kernels::tests
