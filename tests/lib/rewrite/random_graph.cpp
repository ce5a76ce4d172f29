// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/random_graph.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "lib/graph/builder.h"

namespace tilewright::rewriting::tests {
namespace {

using graph::ValueId;

constexpr std::int64_t kMostElements = 3000;

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  graph::Graph run(int ops) {
    keep(builder_.input({"x", DType::Float32, {1, pick(1, 4), pick(2, 5), pick(2, 5)}, {}}));
    if (pick(0, 1) == 1) {
      keep(builder_.input({"y", DType::Float32, builder_.spec(values_[0]).shape, {}}));
    }
    for (int i = 0; i < ops; ++i)
      step();
    mark_outputs();
    return std::move(builder_).take();
  }

 private:
  using Maker = void (Generator::*)(ValueId x);

  std::int64_t pick(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
  }
  /// Recent values are likelier, so that graphs are deep.
  ValueId pick_value() {
    const auto last = static_cast<std::int64_t>(values_.size()) - 1;
    return values_[static_cast<std::size_t>(std::max(pick(0, last), pick(0, last)))];
  }
  [[nodiscard]] const Shape& shape(ValueId id) const { return builder_.spec(id).shape; }

  void keep(ValueId id) { values_.push_back(id); }

  /// Adds the node if the op takes its inputs and the output stays small; nothing otherwise.
  std::optional<ValueId> add(Op op, std::vector<ValueId> inputs) {
    const std::string name = "n" + std::to_string(builder_.graph().nodes.size());
    const auto id = builder_.add(name, std::move(op), std::move(inputs));
    if (!id || shape(*id).elements() > kMostElements) return std::nullopt;
    return *id;
  }
  void keep(const std::optional<ValueId>& id) {
    if (id) keep(*id);
  }

  ValueId constant(Shape dims) {
    std::normal_distribution<float> normal(0, 0.4F);
    std::vector<float> elements(static_cast<std::size_t>(dims.elements()));
    for (float& element : elements)
      element = normal(random_);
    return builder_.constant("c", dims, elements);
  }

  Activation activation() {
    Activation result{static_cast<ActivationKind>(pick(0, 9)), 0, 0};
    if (result.kind == ActivationKind::Clamp) result.alpha = -0.5F, result.beta = 0.8F;
    if (result.kind == ActivationKind::LeakyRelu) result.alpha = 0.1F;
    if (result.kind == ActivationKind::HardSigmoid) result.alpha = 0.2F, result.beta = 0.5F;
    return result;
  }

  Window window(std::int64_t kernel) {
    Window result;
    const auto pad = [&] { return static_cast<std::int32_t>(pick(0, kernel - 1)); };
    result.pad_top = pad(), result.pad_left = pad();
    result.pad_bottom = pad(), result.pad_right = pad();
    result.stride_h = result.stride_w = static_cast<std::int32_t>(pick(1, 2));
    return result;
  }

  /// `op` between the transposes of an importer of channels-first files.
  void channels_last(Op op, ValueId x, const std::vector<ValueId>& rest) {
    if (shape(x).rank() != 4) return;
    const auto src = add(Transpose{{0, 2, 3, 1}}, {x});
    std::vector<ValueId> inputs = {*src};
    inputs.insert(inputs.end(), rest.begin(), rest.end());
    const auto dst = add(std::move(op), std::move(inputs));
    if (dst) keep(add(Transpose{{0, 3, 1, 2}}, {*dst}));
  }

  void conv(ValueId x) {
    if (shape(x).rank() != 4) return;
    const std::int64_t channels = shape(x)[1];
    const std::int64_t groups = channels % 2 == 0 ? pick(1, 2) : 1;
    const std::int64_t outputs = groups * pick(1, 3);
    const std::int64_t kernel = pick(1, 3);
    const Conv2d op{.window = window(kernel), .groups = static_cast<std::int32_t>(groups)};
    channels_last(op, x,
                  {constant({outputs, kernel, kernel, channels / groups}), constant({outputs})});
  }
  void depthwise(ValueId x) {
    if (shape(x).rank() != 4) return;
    const std::int64_t outputs = shape(x)[1] * pick(1, 2);
    const std::int64_t kernel = pick(1, 3);
    channels_last(DepthwiseConv2d{.window = window(kernel)}, x,
                  {constant({kernel, kernel, outputs}), constant({outputs})});
  }
  void conv_transpose(ValueId x) {
    if (shape(x).rank() != 4) return;
    channels_last(ConvTranspose2d{.window = {.stride_h = 2, .stride_w = 1}}, x,
                  {constant({3, 2, 2, shape(x)[1]}), constant({3})});
  }
  void pool(ValueId x) {
    const std::int64_t kernel = pick(1, 3);
    channels_last(Pool2d{.kind = static_cast<PoolKind>(pick(0, 1)),
                         .kernel_h = static_cast<std::int32_t>(kernel),
                         .kernel_w = static_cast<std::int32_t>(kernel),
                         .window = window(kernel),
                         .count_include_pad = pick(0, 1) == 1},
                  x, {});
  }
  void batch_norm(ValueId x) {
    if (shape(x).rank() != 4) return;
    const std::int64_t channels = shape(x)[1];
    const auto src = add(Transpose{{0, 2, 3, 1}}, {x});
    const auto scaled = add(Binary{BinaryKind::Mul}, {*src, constant({channels})});
    const auto shifted = add(Binary{BinaryKind::Add}, {*scaled, constant({channels})});
    keep(add(Transpose{{0, 3, 1, 2}}, {*shifted}));
  }
  void image_op(ValueId x) {
    switch (pick(0, 3)) {
      case 0:
        return channels_last(Resize2d{.mode = ResizeMode::Bilinear, .out_h = 3, .out_w = 5}, x, {});
      case 1:
        return channels_last(LocalResponseNorm{.size = 3}, x, {});
      case 2:
        return channels_last(DepthToSpace{.block = 2}, x, {});
      default:
        return channels_last(SpaceToDepth{.block = 2}, x, {});
    }
  }
  void activate(ValueId x) { keep(add(Activate{activation()}, {x})); }
  void unary(ValueId x) {
    keep(add(Unary{pick(0, 1) == 0 ? UnaryKind::Neg : UnaryKind::Abs}, {x}));
  }
  void binary_constant(ValueId x) {
    Shape dims = shape(x);
    for (int axis = 0; axis < dims.rank(); ++axis) {
      if (pick(0, 2) != 0) dims[axis] = 1;
    }
    const auto drop = static_cast<std::size_t>(pick(0, dims.rank()));
    const ValueId c = constant(Shape(dims.dims().subspan(drop)));
    constexpr BinaryKind kKinds[] = {BinaryKind::Add, BinaryKind::Sub, BinaryKind::Mul,
                                     BinaryKind::Max, BinaryKind::Min};
    const Binary op{kKinds[pick(0, 4)], pick(0, 3) == 0 ? activation() : Activation{}};
    keep(add(op, pick(0, 1) == 0 ? std::vector{x, c} : std::vector{c, x}));
  }
  void binary(ValueId x) {
    constexpr BinaryKind kKinds[] = {BinaryKind::Add, BinaryKind::Sub, BinaryKind::Max};
    keep(add(Binary{kKinds[pick(0, 2)]}, {x, pick_value()}));
  }
  void concat(ValueId x) {
    const auto axis = static_cast<std::int32_t>(pick(0, 3));
    keep(add(Concat{axis}, {x, pick_value()}));
  }
  void slice(ValueId x) {
    Slice op;
    for (int axis = 0; axis < shape(x).rank(); ++axis) {
      const auto i = static_cast<std::size_t>(axis);
      op.begin[i] = pick(0, shape(x)[axis] - 1);
      op.size[i] = pick(1, shape(x)[axis] - op.begin[i]);
      op.step[i] = 1;
    }
    keep(add(op, {x}));
  }
  void pad(ValueId x) {
    Pad op;
    op.value = pick(0, 2) == 0 ? 1.0F : 0.0F;
    for (int axis = 0; axis < shape(x).rank(); ++axis) {
      const auto i = static_cast<std::size_t>(axis);
      if (axis > 1) op.before[i] = pick(0, 1), op.after[i] = pick(0, 1);
    }
    keep(add(op, {x}));
  }
  void reduce(ValueId x) {
    const std::int64_t all = (1 << shape(x).rank()) - 1;
    const auto axes = static_cast<std::uint32_t>(pick(0, all) & pick(0, all));
    keep(add(Reduce{ReduceKind::Mean, axes, pick(0, 2) != 0}, {x}));
  }
  void softmax(ValueId x) { keep(add(Softmax{static_cast<std::int32_t>(pick(0, 3)), 1}, {x})); }
  void transpose(ValueId x) {
    Transpose op;
    for (int i = 0; i < shape(x).rank(); ++i)
      op.perm[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i);
    std::shuffle(op.perm.begin(), op.perm.begin() + shape(x).rank(), random_);
    keep(add(op, {x}));
  }
  /// Merges two neighbours, splits a dimension, or adds one.
  void reshape(ValueId x) {
    std::vector<std::int64_t> dims(shape(x).dims().begin(), shape(x).dims().end());
    if (dims.empty()) return;
    const auto at = static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(dims.size()) - 1));
    const auto here = dims.begin() + static_cast<std::ptrdiff_t>(at);
    if (pick(0, 1) == 0 && at + 1 < dims.size()) {
      dims[at] *= dims[at + 1];
      dims.erase(here + 1);
    } else if (dims.size() < 6) {
      const bool even = dims[at] % 2 == 0;
      if (even) dims[at] /= 2;
      dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(at), even ? 2 : 1);
    }
    keep(add(Reshape{Shape(dims)}, {x}));
  }
  void shuffle(ValueId x) {
    if (shape(x).rank() != 4 || shape(x)[1] % 2 != 0) return;
    const Shape s = shape(x);
    const auto split = add(Reshape{{s[0], 2, s[1] / 2, s[2], s[3]}}, {x});
    const auto moved = add(Transpose{{0, 2, 1, 3, 4}}, {*split});
    keep(add(Reshape{s}, {*moved}));
  }
  void dense(ValueId x) {
    if (shape(x).rank() < 2) return;
    const auto flat = add(Reshape{{shape(x)[0], shape(x).elements() / shape(x)[0]}}, {x});
    if (!flat) return;
    const std::int64_t inputs = shape(*flat)[1];
    if (inputs > 300) return;
    keep(add(FullyConnected{}, {*flat, constant({4, inputs}), constant({4})}));
  }
  void layer_norm(ValueId x) {
    if (shape(x).rank() == 0) return;
    const std::int64_t channels = shape(x).last();
    keep(add(LayerNorm{.epsilon = 0.1F}, {x, constant({channels}), constant({channels})}));
  }
  /// A layer seen in another shape, with its bias and activation behind.
  void seen_otherwise(ValueId x) {
    dense(x);
    const ValueId made = values_.back();
    if (shape(made).rank() != 2) return;
    const auto seen = add(Reshape{{shape(made)[0], 1, shape(made)[1]}}, {made});
    const auto sum = add(Binary{}, {*seen, constant({shape(made)[1]})});
    if (sum) keep(add(Activate{{ActivationKind::Gelu, 0, 0}}, {*sum}));
  }
  void attention_weights(ValueId x) {
    if (shape(x).rank() == 0) return;
    const auto scaled =
        add(Binary{BinaryKind::Mul, {}}, {x, builder_.constant("s", {}, std::vector{0.3F})});
    keep(add(Softmax{shape(x).rank() - 1}, {*scaled}));
  }
  void matmul(ValueId x) {
    const MatMul op{.transpose_a = pick(0, 1) == 1, .transpose_b = pick(0, 1) == 1};
    const auto product = add(op, {x, pick_value()});
    if (product) keep(add(Activate{{ActivationKind::Tanh, 0, 0}}, {*product}));
  }
  void gather(ValueId x) {
    const ValueId indices = builder_.constant("i", {2}, std::vector<std::int64_t>{0, -1});
    keep(add(Gather{static_cast<std::int32_t>(pick(0, 3))}, {x, indices}));
  }
  void broadcast(ValueId x) {
    Shape dims = shape(x);
    for (int axis = 0; axis < dims.rank(); ++axis) {
      if (dims[axis] == 1) dims[axis] = pick(1, 2);
    }
    keep(add(Broadcast{dims}, {x}));
  }
  void cast(ValueId x) {
    const auto there = add(Cast{DType::Float64}, {x});
    keep(add(Cast{DType::Float32}, {*there}));
  }
  /// A value plus a layer of it, as residual networks have.
  void residual(ValueId x) {
    if (shape(x).rank() != 4) return;
    const std::int64_t channels = shape(x)[1];
    const Window same{.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
    channels_last(Conv2d{.window = same}, x,
                  {constant({channels, 3, 3, channels}), constant({channels})});
    if (shape(values_.back()) != shape(x)) return;
    const auto sum = add(Binary{}, {values_.back(), x});
    keep(add(Activate{{ActivationKind::Relu, 0, 0}}, {*sum}));
  }

  void step() {
    constexpr Maker kMakers[] = {
        &Generator::conv,
        &Generator::conv,
        &Generator::depthwise,
        &Generator::pool,
        &Generator::conv_transpose,
        &Generator::batch_norm,
        &Generator::image_op,
        &Generator::activate,
        &Generator::activate,
        &Generator::unary,
        &Generator::binary_constant,
        &Generator::binary_constant,
        &Generator::binary,
        &Generator::concat,
        &Generator::slice,
        &Generator::pad,
        &Generator::reduce,
        &Generator::softmax,
        &Generator::transpose,
        &Generator::reshape,
        &Generator::shuffle,
        &Generator::dense,
        &Generator::matmul,
        &Generator::gather,
        &Generator::broadcast,
        &Generator::cast,
        &Generator::residual,
        &Generator::layer_norm,
        &Generator::seen_otherwise,
        &Generator::attention_weights,
    };
    const ValueId x = pick_value();
    (this->*kMakers[pick(0, static_cast<std::int64_t>(std::size(kMakers)) - 1)])(x);
  }

  /// The last value and one more, so that something in the middle must stay as it is.
  void mark_outputs() {
    builder_.output(values_.back());
    const ValueId other = pick_value();
    if (other != values_.back()) builder_.output(other);
  }

  std::mt19937 random_;
  graph::Builder builder_;
  std::vector<ValueId> values_;
};

}  // namespace

graph::Graph random_graph(std::uint32_t seed, int ops) {
  return Generator(seed).run(ops);
}

}  // namespace tilewright::rewriting::tests
