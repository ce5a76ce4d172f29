// SPDX-License-Identifier: Apache-2.0
// What fusion into strips costs or saves: for every model the arena and the time with and without
// it, in turns, and for the parts of its chains with the largest tensors the best strips.
//
//   strip_bench [--threads N] MODEL.tw .. | mobilenet_v2 | attention
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>

#include "tilewright/session.h"

#include "lib/compilation.h"
#include "lib/graph/builder.h"
#include "lib/lowering.h"
#include "lib/strip_trial.h"
#include "lib/tuner/statistics.h"

namespace tilewright {
namespace {

constexpr std::size_t kMostParts = 12;
constexpr int kRounds = 15;

/// The convolutions of MobileNetV2 1.0 at 224x224, with weights of no meaning.
class MobileNetV2 {
 public:
  graph::Graph draw() {
    x_ = builder_.input({"image", DType::Float32, Shape{1, 224, 224, 3}, {}});
    conv(32, 3, 2);
    block(16, 1, 1);
    constexpr int stages[][4] = {{24, 6, 2, 2}, {32, 6, 3, 2},  {64, 6, 4, 2},
                                 {96, 6, 3, 1}, {160, 6, 3, 2}, {320, 6, 1, 1}};
    for (const auto& [channels, factor, count, stride] : stages) {
      for (int i = 0; i < count; ++i)
        block(channels, factor, i == 0 ? stride : 1);
    }
    conv(1280, 1, 1);
    builder_.output(x_);
    return std::move(builder_).take();
  }

 private:
  graph::ValueId weights(const Shape& shape) {
    const std::vector<float> values(static_cast<std::size_t>(shape.elements()), 0.01F);
    return builder_.constant("w" + std::to_string(count_++), shape, std::span<const float>(values));
  }

  static Window window(std::int32_t taps, std::int32_t stride) {
    const std::int32_t pad = taps / 2;
    return {.stride_h = stride,
            .stride_w = stride,
            .pad_top = pad,
            .pad_left = pad,
            .pad_bottom = pad,
            .pad_right = pad};
  }

  void add(Op op, std::vector<graph::ValueId> src) {
    x_ = *builder_.add("op" + std::to_string(count_++), std::move(op), std::move(src));
  }

  void conv(std::int64_t channels, std::int32_t taps, std::int32_t stride,
            std::vector<graph::ValueId> residual = {}, bool has_clamp = true) {
    const ActivationKind kind = has_clamp ? ActivationKind::Relu6 : ActivationKind::None;
    std::vector<graph::ValueId> src{
        x_, weights({channels, taps, taps, builder_.spec(x_).shape.last()}), weights({channels})};
    src.insert(src.end(), residual.begin(), residual.end());
    add(Conv2d{.window = window(taps, stride), .activation = {kind}}, std::move(src));
  }

  void block(std::int64_t channels, std::int64_t factor, std::int32_t stride) {
    const graph::ValueId in = x_;
    const std::int64_t from = builder_.spec(in).shape.last();
    if (factor > 1) conv(from * factor, 1, 1);
    const std::int64_t wide = builder_.spec(x_).shape.last();
    add(DepthwiseConv2d{window(3, stride), {ActivationKind::Relu6}},
        {x_, weights({3, 3, wide}), weights({wide})});
    const bool adds = stride == 1 && from == channels;
    conv(channels, 1, 1, adds ? std::vector{in} : std::vector<graph::ValueId>{}, false);
  }

  graph::Builder builder_;
  graph::ValueId x_{};
  int count_ = 0;
};

/// Attention of 12 heads of 64 over 512 tokens.
graph::Graph attention() {
  graph::Builder builder;
  const Shape shape{1, 12, 512, 64};
  std::vector<graph::ValueId> inputs;
  for (const char* name : {"q", "k", "v"})
    inputs.push_back(builder.input({name, DType::Float32, shape, {}}));
  const auto scores = builder.add("scores", MatMul{.transpose_b = true}, {inputs[0], inputs[1]});
  const auto weights = builder.add("weights", Softmax{3, 0.125F}, {*scores});
  builder.output(*builder.add("mix", MatMul{}, {*weights, inputs[2]}));
  return std::move(builder).take();
}

Result<Model> model_of(const std::string& name) {
  if (name == "attention") return Model(std::make_shared<const graph::Graph>(attention()));
  if (name != "mobilenet_v2") return Model::open_saved(name);
  return Model(std::make_shared<const graph::Graph>(MobileNetV2().draw()));
}

Result<double> run_ms(Session& session, const Plan& plan) {
  for (std::size_t i = 0; i < plan.inputs().size(); ++i) {
    const MutableTensorView input = session.input(i);
    std::memset(input.data, 0, static_cast<std::size_t>(input.size_bytes()));
  }
  const auto begin = std::chrono::steady_clock::now();
  TILEWRIGHT_RETURN_IF_ERROR(session.run());
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

Status compare_networks(const Model& model, std::int32_t threads) {
  CompileOptions options{.threads = threads, .fusion = Fusion::Off};
  TILEWRIGHT_TRY(const Compilation off, compile_in_detail(model, options));
  options.fusion = Fusion::Memory;
  TILEWRIGHT_TRY(const Compilation strips, compile_in_detail(model, options));
  TILEWRIGHT_TRY(Session off_session, Session::create(off.plan));
  TILEWRIGHT_TRY(Session strips_session, Session::create(strips.plan));
  std::vector<double> off_ms;
  std::vector<double> ratios;
  for (int i = 0; i < kRounds; ++i) {
    double least[2] = {HUGE_VAL, HUGE_VAL};
    for (int k = 0; k < 3; ++k) {
      TILEWRIGHT_TRY(const double a, run_ms(off_session, off.plan));
      TILEWRIGHT_TRY(const double b, run_ms(strips_session, strips.plan));
      least[0] = std::min(least[0], a);
      least[1] = std::min(least[1], b);
    }
    off_ms.push_back(least[0]);
    ratios.push_back(least[1] / least[0]);
  }
  std::printf(
      "arena %.0f KiB apart, %.0f KiB in strips (%.2f); %zu steps, %zu; %.3f ms, %.3f of it in "
      "strips\n",
      static_cast<double>(off.solution.arena_bytes) / 1024,
      static_cast<double>(strips.solution.arena_bytes) / 1024,
      static_cast<double>(strips.solution.arena_bytes) /
          static_cast<double>(off.solution.arena_bytes),
      off.program.ops.size(), strips.program.ops.size(), tuner::median(off_ms),
      tuner::median(ratios));
  return ok();
}

Status compare_parts(const Model& model, std::int32_t threads) {
  TILEWRIGHT_TRY(const Compilation off,
                 compile_in_detail(model, {.threads = threads, .fusion = Fusion::Off}));
  std::vector<StripGroup> parts;
  for (const std::vector<std::size_t>& chain : strip_chains(off.program, off.choices)) {
    for (std::size_t first = 0; first + 1 < chain.size(); ++first) {
      const std::size_t most = std::min(first + kMaxGroupOps, chain.size());
      for (std::size_t end = first + 2; end <= most; ++end)
        parts.push_back({{chain.begin() + static_cast<std::ptrdiff_t>(first),
                          chain.begin() + static_cast<std::ptrdiff_t>(end)},
                         0});
    }
  }
  const auto removed = [&](const StripGroup& part) {
    std::int64_t bytes = 0;
    for (std::size_t p = 0; p + 1 < part.ops.size(); ++p)
      bytes += off.program.ops[part.ops[p]].dst.spec.size_bytes();
    return bytes / static_cast<std::int64_t>(part.ops.size() - 1);
  };
  std::ranges::stable_sort(parts, std::greater{}, removed);
  if (parts.size() > kMostParts) parts.resize(kMostParts);
  for (StripGroup& part : parts) {
    const std::size_t last = part.ops.back();
    double best = HUGE_VAL;
    std::int64_t best_rows = 0;
    std::string ratios;
    for (const std::int64_t rows : strip_heights(off.program.ops[last], off.choices[last])) {
      part.strip_rows = rows;
      TILEWRIGHT_TRY(const tuner::PairedRatio ratio,
                     strip_log_ratio(off.program, off.choices, part,
                                     {.threads = threads, .blocks = 5, .repeats = 2}));
      ratios += "  " + std::to_string(rows) + ": " + std::to_string(std::exp(ratio.log_ratio));
      if (ratio.log_ratio >= best) continue;
      best = ratio.log_ratio;
      best_rows = rows;
    }
    if (best_rows == 0) continue;
    part.strip_rows = best_rows;
    const StripMemory memory = strip_memory(off.program, off.choices, part);
    const ProgramOp& op = off.program.ops[last];
    std::printf("  %.3f  %6.0f KiB away, %5.0f KiB scratch, %4.1f lines  %zu ops to %s %s\n",
                std::exp(best), static_cast<double>(memory.removed_bytes) / 1024,
                static_cast<double>(memory.worker_scratch_bytes) / 1024,
                static_cast<double>(best_rows) /
                    static_cast<double>(op.dst.spec.shape[op.dst.spec.shape.rank() - 2]),
                part.ops.size(), op.name.c_str(), to_string(op.dst.spec.shape).c_str());
    std::printf("         by rows%s\n", ratios.c_str());
  }
  return ok();
}

Status compare(const std::string& name, std::int32_t threads) {
  TILEWRIGHT_TRY(const Model model, model_of(name));
  std::printf("%s, %d thread(s): ", name.c_str(), threads);
  TILEWRIGHT_RETURN_IF_ERROR(compare_networks(model, threads));
  return compare_parts(model, threads);
}

}  // namespace
}  // namespace tilewright

int main(int argc, char** argv) {
  std::int32_t threads = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--threads" && i + 1 < argc) {
      threads = std::clamp(std::atoi(argv[++i]), 1, tilewright::kMaxThreads);
      continue;
    }
    const tilewright::Status status = tilewright::compare(argument, threads);
    if (status) continue;
    std::fprintf(stderr, "%s: %s\n", argument.c_str(), status.error().message.c_str());
    return 1;
  }
  return 0;
}
