// SPDX-License-Identifier: Apache-2.0
// Kernels touch no row of an input but those that `input_rows` names: only these are there, between
// pages that nobody may touch.
#include "kernels/input_rows.h"

#include <cstring>
#include <memory>

#include <catch2/catch_test_macros.hpp>

#include "kernels/registry.h"
#include "kernels/winograd/winograd.h"
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

RowsCase transposed(std::string name, const Shape& src, const Shape& filter, const Shape& dst,
                    const Window& window, std::int32_t output_pad = 0) {
  const ConvTranspose2d op{.window = window, .output_pad_h = output_pad, .activation = {}};
  return {"transposed, " + std::move(name), op, {src, filter, {filter[0]}}, dst};
}

RowsCase resize(const Resize2d& op, const Shape& src) {
  return {"resize by coordinates " + std::to_string(static_cast<int>(op.coordinates)),
          op,
          {src},
          {src[0], op.out_h, op.out_w, src[3]}};
}

RowsCase pad(const Pad& op, const Shape& src) {
  RowsCase test{"pad in mode " + std::to_string(static_cast<int>(op.mode)), op, {src}, src};
  for (int axis = 0; axis < src.rank(); ++axis)
    test.dst[axis] +=
        op.before[static_cast<std::size_t>(axis)] + op.after[static_cast<std::size_t>(axis)];
  return test;
}

/// Whether both ends grow from row to row, and a range of rows has those of its first and last.
bool ends_grow(const RowsCase& test) {
  RowRange last{0, 0};
  for (std::int64_t row = 0; row < row_count(test.dst); ++row) {
    const RowRange rows = rows_of(test, 0, {row, row + 1});
    if (rows.begin < last.begin || rows.end < last.end || rows.begin > rows.end) return false;
    if (rows_of(test, 0, {0, row + 1}).end != rows.end) return false;
    last = rows;
  }
  return last.end <= row_count(test.src[0]);
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

TEST_CASE("Winograd's tiles touch their own lines and one around them") {
  const Window pads{.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
  const RowsCase cases[] = {
      {"odd images",
       Conv2d{.window = pads},
       {{3, 13, 9, 18}, {20, 3, 3, 18}, {20}},
       {3, 13, 9, 20}},
      {"no padding", Conv2d{}, {{2, 12, 8, 16}, {7, 3, 3, 16}, {7}}, {2, 10, 6, 7}},
      {"groups",
       Conv2d{.window = pads, .groups = 2},
       {{1, 18, 7, 32}, {24, 3, 3, 16}, {24}},
       {1, 18, 7, 24}},
  };
  std::size_t winograds = 0;
  for (const RowsCase& test : cases) {
    CHECK(check_rows(test, 0) >= 2);
    const Work work = test.work();
    for (const Kernel* kernel : all()) {
      if (kernel->family != "winograd" || !runs_here(kernel->isa) || !supports(*kernel, work))
        continue;
      ++winograds;
    }
  }
  CHECK(winograds >= 3);
  const Work work = cases[0].work();
  const std::vector<TensorSpec> specs = work.specs();
  for (const Kernel* kernel : all()) {
    if (winograd_outputs(*kernel) != 4) continue;
    // Line 5 is in the second tile, which makes lines 4 to 7; line 12 in the last, which is cut.
    const Call call{work.op, specs, work.dst};
    CHECK(input_rows(call, *kernel, 0, {5 * 9, 6 * 9}) == RowRange{3 * 9, 9 * 9});
    CHECK(input_rows(call, *kernel, 0, {12 * 9, 13 * 9}) == RowRange{11 * 9, 13 * 9});
    CHECK(input_rows(call, *kernel, 0, {13 * 9, 14 * 9}) == RowRange{13 * 9, 18 * 9});
  }
}

TEST_CASE("a transposed convolution touches the lines whose windows hold its own") {
  const Window twice{.stride_h = 2, .stride_w = 2};
  const Window padded{.stride_h = 2, .stride_w = 2, .pad_top = 1, .pad_left = 1};
  const Window sparse{.stride_h = 3, .stride_w = 2};
  const Window dilated{.stride_h = 2, .stride_w = 1, .dilation_h = 3, .pad_top = 2};
  const RowsCase cases[] = {
      transposed("windows apart", {2, 5, 4, 16}, {20, 2, 2, 16}, {2, 10, 8, 20}, twice),
      transposed("windows that overlap", {2, 5, 4, 6}, {20, 4, 4, 6}, {2, 11, 9, 20}, padded),
      transposed("lines of bias alone", {1, 4, 3, 8}, {5, 1, 1, 8}, {1, 11, 5, 5}, sparse, 1),
      transposed("dilated", {1, 6, 3, 8}, {5, 3, 2, 8}, {1, 15, 4, 5}, dilated),
  };
  for (const RowsCase& test : cases) {
    INFO(test.name);
    CHECK(check_rows(test, 0) >= 2);
    CHECK(ends_grow(test));
    CHECK(rows_of(test, 1, {0, 1}) == kUnknown);
  }
  CHECK(rows_of(cases[0], 0, {3 * 8, 5 * 8}) == RowRange{1 * 4, 3 * 4});
  CHECK(rows_of(cases[0], 0, {10 * 8 + 1, 10 * 8 + 2}) == RowRange{5 * 4, 6 * 4});
  CHECK(rows_of(cases[1], 0, {3 * 9, 4 * 9}) == RowRange{1 * 4, 3 * 4});
  CHECK(rows_of(cases[2], 0, {1 * 5, 2 * 5}) == RowRange{1 * 3, 1 * 3});
}

TEST_CASE("a resize touches the lines it is made of") {
  for (const ResizeCoordinates coordinates :
       {ResizeCoordinates::HalfPixel, ResizeCoordinates::PytorchHalfPixel,
        ResizeCoordinates::AlignCorners, ResizeCoordinates::Asymmetric}) {
    for (const ResizeMode mode : {ResizeMode::Nearest, ResizeMode::Bilinear}) {
      for (const std::int32_t out_h : {1, 4, 14, 31}) {
        const float scale = out_h == 31 ? 4.3F : 0;
        const Resize2d op{.mode = mode,
                          .coordinates = coordinates,
                          .rounding = ResizeRounding::RoundPreferFloor,
                          .out_h = out_h,
                          .out_w = 9,
                          .scale_h = scale};
        const RowsCase test = resize(op, {2, 7, 5, 18});
        INFO(test.name << ", to " << out_h);
        CHECK(check_rows(test, 0) >= 2);
        CHECK(ends_grow(test));
      }
    }
  }
  Resize2d twice{.mode = ResizeMode::Bilinear, .out_h = 14, .out_w = 10};
  CHECK(rows_of(resize(twice, {2, 7, 5, 3}), 0, {5 * 10, 6 * 10}) == RowRange{2 * 5, 4 * 5});
  CHECK(rows_of(resize(twice, {2, 7, 5, 3}), 0, {14 * 10, 15 * 10}) == RowRange{7 * 5, 9 * 5});
  twice.mode = ResizeMode::Nearest;
  CHECK(rows_of(resize(twice, {2, 7, 5, 3}), 0, {5 * 10, 6 * 10}) == RowRange{2 * 5, 3 * 5});
}

TEST_CASE("padding touches the lines that it moves") {
  for (const PadMode mode : {PadMode::Constant, PadMode::Edge, PadMode::Reflect}) {
    const RowsCase cases[] = {
        pad({.mode = mode, .before = {0, 2, 1, 0}, .after = {0, 3, 0, 2}}, {2, 6, 4, 5}),
        pad({.mode = mode, .before = {0, 0, 2, 0}, .after = {0, 0, 1, 0}}, {2, 3, 4, 5}),
        pad({.mode = mode, .before = {1, 0, 0, 0}, .after = {1, 1, 0, 0}}, {2, 3, 4, 5}),
        pad({.mode = mode, .before = {0, 3}, .after = {0, 1}}, {6, 5}),
        pad({.mode = mode, .before = {3, 0}, .after = {1, 0}}, {6, 5}),
    };
    for (const RowsCase& test : cases) {
      INFO(test.name);
      CHECK(check_rows(test, 0) >= 2);
      CHECK(ends_grow(test));
    }
    CHECK(rows_of(cases[0], 0, {4 * 5, 6 * 5}) == RowRange{2 * 4, 4 * 4});
    CHECK(rows_of(cases[3], 0, {2, 4}) == RowRange{2, 4});
  }
  const Pad edge{.mode = PadMode::Edge, .before = {0, 2, 0, 0}, .after = {0, 2, 0, 0}};
  CHECK(rows_of(pad(edge, {2, 6, 4, 5}), 0, {0, 4}) == RowRange{0, 4});
  CHECK(rows_of(pad(edge, {2, 6, 4, 5}), 0, {9 * 4, 10 * 4}) == RowRange{5 * 4, 6 * 4});
  Pad reflect = edge;
  reflect.mode = PadMode::Reflect;
  CHECK(rows_of(pad(reflect, {2, 6, 4, 5}), 0, {0, 4}) == RowRange{0, 3 * 4});
  CHECK(rows_of(pad(reflect, {2, 6, 4, 5}), 0, {9 * 4, 10 * 4}) == RowRange{3 * 4, 6 * 4});
}

TEST_CASE("depth that becomes space is moved line by line") {
  for (const DepthOrder order : {DepthOrder::BlockFirst, DepthOrder::ChannelFirst}) {
    const RowsCase test{
        "depth to space", DepthToSpace{.block = 3, .order = order}, {{2, 4, 3, 18}}, {2, 12, 9, 2}};
    CHECK(check_rows(test, 0) >= 2);
    CHECK(ends_grow(test));
    CHECK(rows_of(test, 0, {5 * 9, 7 * 9}) == RowRange{1 * 3, 3 * 3});
  }
}

}  // namespace tilewright::kernels::tests
