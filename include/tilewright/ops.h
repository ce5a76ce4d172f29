// SPDX-License-Identifier: Apache-2.0
// The operators: plain attribute structs, and `Op`, one of them. Every op has exactly one output.
//
// Activations are n, h, w, c. Filters are constants. The inputs of each op are listed above it, in
// order.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "tilewright/tensor.h"

namespace tilewright {

enum class ActivationKind : std::uint8_t {
  None,
  Relu,         // max(x, 0)
  Relu6,        // min(max(x, 0), 6)
  Clamp,        // min(max(x, alpha), beta)
  LeakyRelu,    // x < 0 ? alpha * x : x
  Sigmoid,      // 1 / (1 + exp(-x))
  Tanh,         // tanh(x)
  HardSigmoid,  // min(max(alpha * x + beta, 0), 1)
  HardSwish,    // x * min(max(x / 6 + 1 / 2, 0), 1)
  Silu,         // x / (1 + exp(-x))
  Elu,          // x < 0 ? alpha * (exp(x) - 1) : x
  Gelu,         // x * (1 + erf(x / sqrt(2))) / 2
  GeluTanh,     // x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2
};

struct Activation {
  ActivationKind kind = ActivationKind::None;
  float alpha = 0;
  float beta = 0;

  friend bool operator==(const Activation&, const Activation&) = default;
};

/// Where a window stands: output (y, x) reads input rows y * stride_h - pad_top + kh * dilation_h,
/// likewise columns.
struct Window {
  std::int32_t stride_h = 1, stride_w = 1;
  std::int32_t dilation_h = 1, dilation_w = 1;
  std::int32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;

  friend bool operator==(const Window&, const Window&) = default;
};

/// x[n, h, w, c], filter[o, kh, kw, c / groups], bias[o], and optionally residual[n, oh, ow, o],
/// which is added before the activation.
struct Conv2d {
  Window window;
  std::int32_t groups = 1;
  Activation activation;
  friend bool operator==(const Conv2d&, const Conv2d&) = default;
};

/// x[n, h, w, c], filter[kh, kw, c * m], bias[c * m]: output channel i reads input channel i / m.
struct DepthwiseConv2d {
  Window window;
  Activation activation;
  friend bool operator==(const DepthwiseConv2d&, const DepthwiseConv2d&) = default;
};

/// x[n, h, w, c], filter[o, kh, kw, c], bias[o]. The gradient of a convolution with this window:
/// output rows are (h - 1) * stride_h + (kh - 1) * dilation_h + 1 - pad_top - pad_bottom +
/// output_pad_h, likewise columns.
struct ConvTranspose2d {
  Window window;
  std::int32_t output_pad_h = 0, output_pad_w = 0;
  Activation activation;
  friend bool operator==(const ConvTranspose2d&, const ConvTranspose2d&) = default;
};

/// x[..., k], weights[n, k] constant, bias[n]: out[..., n].
struct FullyConnected {
  Activation activation;
  friend bool operator==(const FullyConnected&, const FullyConnected&) = default;
};

/// a[..., m, k], b[..., k, n] (b[..., n, k] if transpose_b; a[..., k, m] if transpose_a): out[...,
/// m, n]. Leading dimensions broadcast.
struct MatMul {
  bool transpose_a = false, transpose_b = false;
  friend bool operator==(const MatMul&, const MatMul&) = default;
};

enum class PoolKind : std::uint8_t { Max, Average };

/// x[n, h, w, c]. Cells in the padding never win a maximum; an average divides by the cells inside
/// x, or by all of the kernel's if `count_include_pad`.
struct Pool2d {
  PoolKind kind = PoolKind::Max;
  std::int32_t kernel_h = 1, kernel_w = 1;
  Window window;
  bool count_include_pad = false;
  Activation activation;
  friend bool operator==(const Pool2d&, const Pool2d&) = default;
};

/// x of any shape: activation(x).
struct Activate {
  Activation activation;
  friend bool operator==(const Activate&, const Activate&) = default;
};

enum class UnaryKind : std::uint8_t {
  Neg,
  Abs,
  Exp,
  Log,
  Sqrt,
  Rsqrt,
  Reciprocal,
  Square,
  Floor,
  Ceil,
  Round,
  Erf,
  Sin,
  Cos
};

/// x of any shape: kind(x). Round is to nearest, ties to even.
struct Unary {
  UnaryKind kind = UnaryKind::Neg;
  friend bool operator==(const Unary&, const Unary&) = default;
};

enum class BinaryKind : std::uint8_t { Add, Sub, Mul, Div, Max, Min, Pow, SquaredDifference };

/// a and b of shapes that broadcast as NumPy's: activation(kind(a, b)).
struct Binary {
  BinaryKind kind = BinaryKind::Add;
  Activation activation;
  friend bool operator==(const Binary&, const Binary&) = default;
};

enum class ReduceKind : std::uint8_t { Sum, Mean, Max, Min, Prod };

/// x of any shape; bit i of `axes` set: dimension i is reduced.
struct Reduce {
  ReduceKind kind = ReduceKind::Sum;
  std::uint32_t axes = 0;
  bool keep_dims = true;
  friend bool operator==(const Reduce&, const Reduce&) = default;
};

/// x of any shape: exp(beta * (x - max)) / sum of the same, along `axis` (>= 0).
struct Softmax {
  std::int32_t axis = 0;
  float beta = 1;
  friend bool operator==(const Softmax&, const Softmax&) = default;
};

enum class ResizeMode : std::uint8_t { Nearest, Bilinear };
/// How output coordinate `o` maps to input coordinate `i`, with s = out / in (or the scale given):
enum class ResizeCoordinates : std::uint8_t {
  HalfPixel,         // (o + 0.5) / s - 0.5
  PytorchHalfPixel,  // the same, but 0 if the output has one cell
  Asymmetric,        // o / s
  AlignCorners,      // o * (in - 1) / (out - 1); 0 if the output has one cell
};
enum class ResizeRounding : std::uint8_t { RoundPreferFloor, RoundPreferCeil, Floor, Ceil };

/// x[n, h, w, c]: out[n, out_h, out_w, c]. `scale_h`, `scale_w` replace out / in where they are
/// above 0.
struct Resize2d {
  ResizeMode mode = ResizeMode::Nearest;
  ResizeCoordinates coordinates = ResizeCoordinates::HalfPixel;
  ResizeRounding rounding = ResizeRounding::Floor;  // Nearest only
  std::int32_t out_h = 1, out_w = 1;
  float scale_h = 0, scale_w = 0;
  friend bool operator==(const Resize2d&, const Resize2d&) = default;
};

using Axes = std::array<std::int64_t, kMaxRank>;  // one value per dimension; the rest is 0

/// Dimension i of the output is dimension perm[i] of x.
struct Transpose {
  std::array<std::int8_t, kMaxRank> perm{};
  friend bool operator==(const Transpose&, const Transpose&) = default;
};

/// The same elements in the same order.
struct Reshape {
  Shape shape;
  friend bool operator==(const Reshape&, const Reshape&) = default;
};

/// x repeated along dimensions of extent 1, and leading ones, to `shape`.
struct Broadcast {
  Shape shape;
  friend bool operator==(const Broadcast&, const Broadcast&) = default;
};

/// Any number of inputs, joined along `axis` (>= 0).
struct Concat {
  std::int32_t axis = 0;
  friend bool operator==(const Concat&, const Concat&) = default;
};

/// out[i] = x[begin + i * step] for i < size, per dimension; a step may be negative, never 0.
struct Slice {
  Axes begin{}, size{}, step{};
  friend bool operator==(const Slice&, const Slice&) = default;
};

enum class PadMode : std::uint8_t { Constant, Reflect, Edge };

/// x with `before` and `after` cells added per dimension.
struct Pad {
  PadMode mode = PadMode::Constant;
  Axes before{}, after{};
  float value = 0;
  friend bool operator==(const Pad&, const Pad&) = default;
};

/// x, indices (int32 or int64; negative ones count from the end): out = x[.., indices, ..] at
/// `axis` (>= 0). Indices outside x read its nearest cell; if it has none, 0.
struct Gather {
  std::int32_t axis = 0;
  friend bool operator==(const Gather&, const Gather&) = default;
};

enum class DepthOrder : std::uint8_t { BlockFirst, ChannelFirst };  // ONNX: DCR, CRD

/// x[n, h, w, c * block^2]: out[n, h * block, w * block, c].
struct DepthToSpace {
  std::int32_t block = 1;
  DepthOrder order = DepthOrder::BlockFirst;
  friend bool operator==(const DepthToSpace&, const DepthToSpace&) = default;
};

/// x[n, h, w, c]: out[n, h / block, w / block, block^2 * c], the inverse of DepthToSpace with
/// BlockFirst.
struct SpaceToDepth {
  std::int32_t block = 1;
  friend bool operator==(const SpaceToDepth&, const SpaceToDepth&) = default;
};

/// x[..., c]: x / (bias + alpha * sum of x^2 over `size` neighbouring channels) ^ beta; the window
/// of channel i is [i - (size - 1) / 2, i + size / 2]. `alpha` is per element (ONNX's alpha /
/// size).
struct LocalResponseNorm {
  std::int32_t size = 1;
  float alpha = 1, beta = 0.5F, bias = 1;
  friend bool operator==(const LocalResponseNorm&, const LocalResponseNorm&) = default;
};

/// x[..., c], scale[c], bias[c]: (x - mean) / sqrt(variance + epsilon) * scale + bias, with mean
/// and variance (that of the whole, divided by c) over the innermost dimension.
struct LayerNorm {
  float epsilon = 1e-5F;
  friend bool operator==(const LayerNorm&, const LayerNorm&) = default;
};

/// The elements converted to `dtype`; float to integer truncates.
struct Cast {
  DType dtype = DType::Float32;
  friend bool operator==(const Cast&, const Cast&) = default;
};

using Op = std::variant<Conv2d, DepthwiseConv2d, ConvTranspose2d, FullyConnected, MatMul, Pool2d,
                        Activate, Unary, Binary, Reduce, Softmax, Resize2d, Transpose, Reshape,
                        Broadcast, Concat, Slice, Pad, Gather, DepthToSpace, SpaceToDepth,
                        LocalResponseNorm, Cast, LayerNorm>;

}  // namespace tilewright
