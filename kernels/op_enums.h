// SPDX-License-Identifier: Apache-2.0
// The names of the enums in ops, in the order of their values: for printing, and for readers of
// files, that must know how many there are.
#pragma once

#include <array>
#include <string_view>
#include <type_traits>

#include "tilewright/ops.h"

namespace tilewright::kernels {

/// `kEnumNames<PoolKind>[1]` is `average`.
template <typename E>
inline constexpr std::array<std::string_view, 0> kEnumNames = [] {
  static_assert(sizeof(E) == 0, "not an enum of an op");
  return std::array<std::string_view, 0>{};
}();

template <>
inline constexpr std::array kEnumNames<ActivationKind> = std::to_array<std::string_view>(
    {"none", "relu", "relu6", "clamp", "leaky_relu", "sigmoid", "tanh", "hard_sigmoid",
     "hard_swish", "silu", "elu", "gelu", "gelu_tanh"});
template <>
inline constexpr std::array kEnumNames<PoolKind> =
    std::to_array<std::string_view>({"max", "average"});
template <>
inline constexpr std::array kEnumNames<UnaryKind> =
    std::to_array<std::string_view>({"neg", "abs", "exp", "log", "sqrt", "rsqrt", "reciprocal",
                                     "square", "floor", "ceil", "round", "erf", "sin", "cos"});
template <>
inline constexpr std::array kEnumNames<BinaryKind> = std::to_array<std::string_view>(
    {"add", "sub", "mul", "div", "max", "min", "pow", "squared_difference"});
template <>
inline constexpr std::array kEnumNames<ReduceKind> =
    std::to_array<std::string_view>({"sum", "mean", "max", "min", "prod"});
template <>
inline constexpr std::array kEnumNames<ResizeMode> =
    std::to_array<std::string_view>({"nearest", "bilinear"});
template <>
inline constexpr std::array kEnumNames<ResizeCoordinates> = std::to_array<std::string_view>(
    {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"});
template <>
inline constexpr std::array kEnumNames<ResizeRounding> =
    std::to_array<std::string_view>({"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
template <>
inline constexpr std::array kEnumNames<PadMode> =
    std::to_array<std::string_view>({"constant", "reflect", "edge"});
template <>
inline constexpr std::array kEnumNames<DepthOrder> =
    std::to_array<std::string_view>({"block_first", "channel_first"});
template <>
inline constexpr std::array kEnumNames<DType> = std::to_array<std::string_view>(
    {"float32", "float16", "float64", "int8", "uint8", "int16", "int32", "int64", "bool"});

/// The name of a value of an op's enum.
template <typename E>
  requires std::is_enum_v<E>
[[nodiscard]] constexpr std::string_view enum_name(E value) {
  return kEnumNames<E>[static_cast<std::size_t>(value)];
}

}  // namespace tilewright::kernels
