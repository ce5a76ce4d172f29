// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/strips/strip_programs.h"

#include <algorithm>
#include <cmath>

#include "lib/device_profile.h"
#include "runtime/cpu_features.h"

namespace tilewright::tests {
namespace {

using graph::ValueId;
using rewriting::tests::Draft;

std::vector<KernelChoice> candidates_of(const ProgramOp& op) {
  auto candidates = kernel_candidates(op, runtime::supported_isas(), assumed_device());
  if (!candidates) FAIL(candidates.error().message);
  return *std::move(candidates);
}

class ChainDraft {
 public:
  explicit ChainDraft(std::uint32_t seed) : random_(seed) {}

  ChosenProgram draw() {
    const std::int64_t n = pick(1, 3);
    ValueId x = draft_.input({n, pick(3, 17), pick(3, 14), pick(1, 40)});
    const std::int64_t ops = pick(2, 5);
    for (std::int64_t i = 0; i < ops; ++i)
      x = next(x, "op" + std::to_string(i));
    draft_.output(x);
    ChosenProgram chosen{lower(draft_.graph()), {}};
    for (const ProgramOp& op : chosen.program.ops) {
      const std::vector<KernelChoice> candidates = drawn_from(candidates_of(op));
      const std::int64_t last = static_cast<std::int64_t>(candidates.size()) - 1;
      chosen.choices.push_back(candidates[static_cast<std::size_t>(pick(0, last))]);
    }
    return chosen;
  }

 private:
  /// Winograd's kernels, few among many, are mostly all there are.
  std::vector<KernelChoice> drawn_from(std::vector<KernelChoice> candidates) {
    const auto is_other = [](const KernelChoice& choice) {
      return choice.kernel->family != "winograd";
    };
    if (pick(0, 3) > 0 && !std::ranges::all_of(candidates, is_other))
      std::erase_if(candidates, is_other);
    return candidates;
  }

  std::int64_t pick(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
  }

  Activation activation() {
    constexpr ActivationKind kinds[] = {ActivationKind::None, ActivationKind::Relu6,
                                        ActivationKind::HardSwish};
    return {kinds[pick(0, 2)]};
  }

  Window window(std::int64_t taps) {
    const auto pad = static_cast<std::int32_t>(taps / 2);
    Window window{.pad_top = pad, .pad_left = pad, .pad_bottom = pad, .pad_right = pad};
    window.stride_h = window.stride_w = static_cast<std::int32_t>(pick(1, 2));
    return window;
  }

  ValueId conv(ValueId x, const std::string& name) {
    const std::int64_t taps = 2 * pick(0, 2) + 1;
    const std::int64_t channels = pick(1, 40);
    const Conv2d op{.window = window(taps), .activation = activation()};
    std::vector<ValueId> src{x, draft_.constant({channels, taps, taps, draft_.shape(x).last()}),
                             draft_.constant({channels})};
    if (pick(0, 1) == 0) return draft_.add(name, op, src);
    const Shape& in = draft_.shape(x);
    const auto lines = [&](std::int64_t extent) { return (extent - 1) / op.window.stride_h + 1; };
    src.push_back(draft_.input({in[0], lines(in[1]), lines(in[2]), channels}));
    return draft_.add(name, op, src);
  }

  ValueId depthwise(ValueId x, const std::string& name) {
    const std::int64_t taps = 2 * pick(1, 2) + 1;
    const std::int64_t channels = draft_.shape(x).last();
    return draft_.add(name, DepthwiseConv2d{window(taps), activation()},
                      {x, draft_.constant({taps, taps, channels}), draft_.constant({channels})});
  }

  /// Along the innermost dimension, mostly.
  ValueId softmax(ValueId x, const std::string& name) {
    const std::int64_t axis = pick(0, 3) == 0 ? pick(1, 2) : 3;
    return draft_.add(name, Softmax{static_cast<std::int32_t>(axis), 0.25F}, {x});
  }

  /// Lines of the image as matrices, by one matrix each, for each image or for all.
  ValueId matmul(ValueId x, const std::string& name) {
    const Shape& a = draft_.shape(x);
    const MatMul op{.transpose_b = pick(0, 1) == 1};
    const std::int64_t columns = pick(1, 40);
    const std::int64_t b_rows = op.transpose_b ? columns : a.last();
    const std::int64_t b_columns = op.transpose_b ? a.last() : columns;
    const Shape shapes[] = {
        {a[0], a[1], b_rows, b_columns}, {a[0], 1, b_rows, b_columns}, {b_rows, b_columns}};
    return draft_.add(name, op, {x, draft_.input(shapes[pick(0, 2)])});
  }

  /// With a tensor that is repeated, of constants or from outside.
  ValueId broadcast(ValueId x, const std::string& name) {
    const Shape& s = draft_.shape(x);
    const Shape shapes[] = {{s[3]}, {s[0], 1, 1, s[3]}, {s[0], s[1], s[2], 1}, {s[2], s[3]}, {1}};
    const Shape& shape = shapes[pick(0, 4)];
    const ValueId other = pick(0, 1) == 0 ? draft_.constant(shape) : draft_.input(shape);
    std::vector<ValueId> src{x, other};
    if (pick(0, 1) == 1) std::swap(src[0], src[1]);
    return draft_.add(name, Binary{BinaryKind::Sub, activation()}, src);
  }

  /// Larger or smaller, by the nearest pixels or those around.
  ValueId resize(ValueId x, const std::string& name) {
    const Shape& in = draft_.shape(x);
    Resize2d op{.mode = pick(0, 1) == 0 ? ResizeMode::Nearest : ResizeMode::Bilinear};
    op.out_h = static_cast<std::int32_t>(pick(1, 2 * in[1]));
    op.out_w = static_cast<std::int32_t>(pick(1, 2 * in[2]));
    return draft_.add(name, op, {x});
  }

  ValueId transposed(ValueId x, const std::string& name) {
    const std::int64_t taps = pick(1, 4);
    const std::int64_t channels = pick(1, 40);
    Window window{};
    window.stride_h = window.stride_w = 2;
    window.pad_top = static_cast<std::int32_t>(pick(0, taps / 3));
    return draft_.add(name, ConvTranspose2d{.window = window, .activation = activation()},
                      {x, draft_.constant({channels, taps, taps, draft_.shape(x).last()}),
                       draft_.constant({channels})});
  }

  ValueId pad(ValueId x, const std::string& name) {
    Pad op{.mode = draft_.shape(x)[1] > 3 ? PadMode::Reflect : PadMode::Constant};
    op.before[1] = pick(0, 3);
    op.after[1] = pick(0, 2);
    op.after[2] = op.mode == PadMode::Constant ? pick(0, 2) : 0;
    return draft_.add(name, op, {x});
  }

  ValueId next(ValueId x, const std::string& name) {
    switch (pick(0, 15)) {
      case 12:
        return resize(x, name);
      case 13:
        return transposed(x, name);
      case 14:
        return pad(x, name);
      case 0:
      case 1:
        return depthwise(x, name);
      case 2:
        return draft_.add(
            name, Pool2d{pick(0, 1) == 0 ? PoolKind::Max : PoolKind::Average, 3, 3, window(3)},
            {x});
      case 3:
        return draft_.add(name, Activate{activation()}, {x});
      case 4:
        return draft_.add(name, Binary{BinaryKind::Add, activation()},
                          {x, draft_.input(draft_.shape(x))});
      case 5:
      case 6:
        return softmax(x, name);
      case 7:
      case 8:
        return matmul(x, name);
      case 9:
        return broadcast(x, name);
      default:
        return conv(x, name);
    }
  }

  Draft draft_;
  std::mt19937 random_;
};

}  // namespace

ChosenProgram random_chain(std::uint32_t seed) {
  return ChainDraft(seed).draw();
}

ChosenProgram with_default_kernels(const graph::Graph& graph) {
  ChosenProgram chosen{lower(graph), {}};
  for (const ProgramOp& op : chosen.program.ops) {
    std::vector<KernelChoice> candidates = candidates_of(op);
    keep_exact(candidates);
    chosen.choices.push_back(best_candidate(candidates));
  }
  return chosen;
}

ChosenProgram inverted_residual(std::int64_t h, std::int64_t w, std::int64_t c,
                                std::int64_t factor) {
  Draft draft;
  const std::int64_t wide = c * factor;
  const ValueId x = draft.input({1, h, w, c});
  const ValueId expanded = draft.add("expand", Conv2d{.activation = {ActivationKind::Relu6}},
                                     {x, draft.constant({wide, 1, 1, c}), draft.constant({wide})});
  const Window window{.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
  const ValueId filtered =
      draft.add("depthwise", DepthwiseConv2d{window, {ActivationKind::Relu6}},
                {expanded, draft.constant({3, 3, wide}), draft.constant({wide})});
  draft.output(draft.add("project", Conv2d{},
                         {filtered, draft.constant({c, 1, 1, wide}), draft.constant({c}), x}));
  return with_default_kernels(draft.graph());
}

graph::Graph attention(std::int64_t heads, std::int64_t tokens, std::int64_t width) {
  Draft draft;
  const Shape shape{1, heads, tokens, width};
  const ValueId q = draft.input(shape);
  const ValueId k = draft.input(shape);
  const ValueId v = draft.input(shape);
  const ValueId scores = draft.add("scores", MatMul{.transpose_b = true}, {q, k});
  const ValueId weights =
      draft.add("weights", Softmax{3, 1 / std::sqrt(static_cast<float>(width))}, {scores});
  draft.output(draft.add("mix", MatMul{}, {weights, v}));
  return draft.graph();
}

}  // namespace tilewright::tests
