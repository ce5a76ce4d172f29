// SPDX-License-Identifier: Apache-2.0
// What holds up the 3x3 depthwise layers of kernel_bench: the fastest kernel of each runs as it is
// and with one cause taken away at a time, in turns. A table in Markdown on standard output.
//
//   depthwise_limits [avx512 | avx2 | ..]
//
// Shares of the layer's time: *code*, the same multiply-adds where all rows of input are one row in
// the first-level cache, a block of channels at a time; *lines*, every value of input read once and
// every one of output written, with as many products as the input has values; *borders*, what is
// left without the outputs whose windows are all inside, of the products that it makes; *out
// apart*, the output moved by half the distance of two pixels, so that it is in other sets of the
// first-level cache than the input it comes from; *pixels apart*, a cache line left free behind
// each pixel.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "bench/kernel_sweep.h"
#include "bench/page_memory.h"
#include "kernels/depthwise/depthwise.h"
#include "kernels/depthwise/depthwise_variant.h"
#include "kernels/op_rules.h"
#include "kernels/registry.h"
#include "runtime/cpu_features.h"

namespace tilewright::bench {
namespace {

using kernels::Kernel;
using kernels::KernelConfig;

constexpr std::int64_t kFloatBytes = 4;
constexpr std::int64_t kLineFloats = 16;
constexpr std::int64_t kTaps = 3;  // of a row and of a column
constexpr int kTurns = 40;
constexpr int kRunsOfTurn = 3;

const DepthwiseConv2d& op_of(const Layer& layer) {
  return *std::get_if<DepthwiseConv2d>(&layer.op);
}

/// The layer on other values, with a filter of `taps` x `taps` and without padding: all windows
/// are inside.
Layer inside(const Layer& layer, const Shape& src, std::int64_t taps) {
  DepthwiseConv2d op = op_of(layer);
  op.window.pad_top = op.window.pad_left = op.window.pad_bottom = op.window.pad_right = 0;
  const std::int64_t c = src.last();
  const auto floats = [](const Shape& shape) { return TensorSpec{{}, DType::Float32, shape, {}}; };
  Layer result{layer.name, op, {floats(src), floats({taps, taps, c}), floats({c})}, {}};
  Result<TensorSpec> dst = kernels::infer_output(result.op, result.src);
  if (!dst) std::abort();
  result.dst = *dst;
  return result;
}

/// How operands lie in memory.
struct Places {
  std::int64_t gap = 0;        // floats left free behind a pixel
  std::int64_t dst_shift = 0;  // bytes from the beginning of a page
  bool rows_are_one = false;
};

kernels::TensorRef ref_of(std::byte* data, const TensorSpec& spec, const Places& places) {
  kernels::TensorRef ref{data, spec.dtype, spec.shape, kernels::dense_strides(spec.shape)};
  ref.strides[2] += places.gap;
  ref.strides[1] = places.rows_are_one ? 0 : spec.shape[2] * ref.strides[2];
  ref.strides[0] = spec.shape[1] * ref.strides[1];
  return ref;
}

std::int64_t bytes_of(const TensorSpec& spec, const Places& places) {
  return spec.size_bytes() / spec.shape.last() * (spec.shape.last() + places.gap);
}

/// A layer with a kernel and its operands, ready to run.
class Trial {
 public:
  Trial(Layer layer, const Kernel& kernel, const KernelConfig& config, const Places& places)
      : layer_(std::move(layer)),
        kernel_(kernel),
        config_(config),
        src_(bytes_of(layer_.src[0], places)),
        dst_(bytes_of(layer_.dst, places) + places.dst_shift),
        packed_(kernel_.packed_bytes(call(), kernel_, config_)),
        scratch_(kernel_.scratch_bytes(call(), kernel_, config_)) {
    const PageMemory filter(layer_.src[1].size_bytes());
    const PageMemory bias(layer_.src[2].size_bytes());
    const std::array<const std::byte*, 3> constants = {nullptr, filter.data(), bias.data()};
    kernel_.pack(call(), kernel_, config_, constants, packed_.data());
    refs_[0] = ref_of(src_.data(), layer_.src[0], places);
    for (std::size_t i : {1, 2})
      refs_[i] = {nullptr, layer_.src[i].dtype, layer_.src[i].shape, {}};
    dst_ref_ = ref_of(dst_.data() + places.dst_shift, layer_.dst, places);
  }

  void run() const {
    kernel_.run({layer_.op, refs_, dst_ref_, packed_.data(), scratch_.data(), config_, kernel_, 0,
                 kernels::row_count(layer_.dst.shape)});
  }
  [[nodiscard]] double products() const {
    return static_cast<double>(kernels::macs(layer_.op, layer_.src, layer_.dst));
  }

 private:
  [[nodiscard]] kernels::Call call() const { return {layer_.op, layer_.src, layer_.dst}; }

  Layer layer_;
  const Kernel& kernel_;
  KernelConfig config_;
  PageMemory src_, dst_, packed_, scratch_;
  kernels::TensorRef refs_[3];
  kernels::TensorRef dst_ref_;
};

bool is_strip(const KernelConfig& config) {
  return config.block_columns > 0;
}

void time_turn(const Trial& trial, double& least_seconds) {
  for (int i = 0; i < kRunsOfTurn; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    trial.run();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    least_seconds = std::min(least_seconds, taken.count());
  }
}

/// Some blocks of channels whose rows of input are all one, which with a row of output fits the
/// first level; about as many products as the layer's. Strips are left out: their tiles read what
/// is there already.
Trial in_first_level(const Layer& layer, const Kernel& kernel) {
  constexpr std::int64_t kRowBytes = 8 * 1024;
  constexpr std::int64_t kBlocks = 8;  // enough for loops whose innermost is that of the blocks
  constexpr std::int64_t kOddLine = kPageBytes / 2 + kLineFloats * kFloatBytes;
  const Shape& src = layer.src[0].shape;
  const kernels::DepthwiseVariant* variant = kernels::depthwise_variant(kernel);
  const bool is_by_blocks = variant != nullptr && variant->order != 0;
  const std::int64_t c = std::min(src.last(), kernel.tile.nr * (is_by_blocks ? 1 : kBlocks));
  const std::int64_t w = std::min(src[2] + kTaps - 1, kRowBytes / (c * kFloatBytes));
  return {inside(layer, {1, src.elements() / (w * c), w, c}, kTaps),
          kernel,
          {},
          {.dst_shift = kOddLine, .rows_are_one = true}};
}

struct Shares {
  double code, lines, inside, out_apart, pixels_apart;
  double products_inside;  // of all products
};

/// What the shares say holds the layer up.
std::string limits_of(const Shares& shares, bool is_copied) {
  constexpr double kMost = 0.8;
  std::string text;
  const auto add = [&](bool holds, const char* name) {
    if (holds) text += (text.empty() ? "" : ", ") + std::string(name);
  };
  add(shares.code >= kMost, "code");
  add(shares.lines >= kMost, "lines");
  add(std::min(shares.out_apart, shares.pixels_apart) <= 0.9, "sets");
  add(shares.products_inside - shares.inside >= 0.1, "borders");
  add(is_copied && shares.code < kMost, "copies");
  add(text.empty() && shares.code + shares.lines >= 1, "code and lines");
  return text.empty() ? "none of these" : text;
}

void measure(const Layer& layer, Isa cap) {
  const SweepResult best = sweep(layer, cap, "depthwise");
  const Kernel& kernel = *kernels::find(best.kernel);
  const Shape& src = layer.src[0].shape;
  const std::int64_t pixel_bytes = src.last() * kFloatBytes;
  const Trial whole(layer, kernel, best.config, {});
  const Trial code = in_first_level(layer, kernel);
  const Layer each_once = inside(layer, src, op_of(layer).window.stride_h);
  const SweepResult moved = sweep(each_once, cap, "depthwise_f32_any");
  const Trial lines(each_once, *kernels::find(moved.kernel), moved.config, {});
  // Strips hold the padding: all their windows are alike.
  const Trial windows_inside(is_strip(best.config) ? layer : inside(layer, src, kTaps), kernel,
                             best.config, {});
  const Trial out_apart(layer, kernel, best.config,
                        {.dst_shift = std::min(pixel_bytes, kPageBytes) / 2});
  const Trial pixels_apart(layer, kernel, best.config, {.gap = kLineFloats});
  double times[6] = {1e9, 1e9, 1e9, 1e9, 1e9, 1e9};
  for (int round = 0; round < kTurns; ++round) {
    time_turn(whole, times[0]);
    time_turn(code, times[1]);
    time_turn(lines, times[2]);
    time_turn(windows_inside, times[3]);
    time_turn(out_apart, times[4]);
    time_turn(pixels_apart, times[5]);
  }
  const Shares shares{.code = times[1] / code.products() * whole.products() / times[0],
                      .lines = times[2] / times[0],
                      .inside = times[3] / times[0],
                      .out_apart = times[4] / times[0],
                      .pixels_apart = times[5] / times[0],
                      .products_inside = windows_inside.products() / whole.products()};
  std::printf("| %s | %s%s | %.1f | %.2f | %.2f | %.2f | %.2f of %.2f | %.2f | %.2f | %s |\n",
              layer.name.c_str(), best.kernel.c_str(), is_strip(best.config) ? ", strips" : "",
              times[0] * 1e6, best.flops / times[0] / best.peak_flops, shares.code, shares.lines,
              std::max(1 - shares.inside, 0.0), 1 - shares.products_inside, shares.out_apart,
              shares.pixels_apart, limits_of(shares, is_strip(best.config)).c_str());
  std::fflush(stdout);
}

bool is_measured(const Layer& layer) {
  return layer.name.ends_with("_depthwise") && layer.src[1].shape[0] == kTaps &&
         layer.src[1].shape[1] == kTaps;
}

int run(int argc, char** argv) {
  Isa cap = runtime::best_isa();
  bool is_known = argc < 2;
  for (const Isa isa : {Isa::X86Baseline, Isa::X86Avx2, Isa::X86Avx512, Isa::Arm64Neon}) {
    if (argc == 2 && std::strcmp(argv[1], to_string(isa)) == 0) cap = isa, is_known = true;
  }
  if (!is_known) {
    std::fprintf(stderr, "depthwise_limits: expected baseline, avx2, avx512 or neon\n");
    return 2;
  }
  std::printf(
      "| layer | kernel | us | of peak | code | lines | borders | out apart | pixels apart | limit "
      "|\n|---|---|---|---|---|---|---|---|---|---|\n");
  for (const Layer& layer : other_layers()) {
    if (is_measured(layer)) measure(layer, cap);
  }
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  return tilewright::bench::run(argc, argv);
}
