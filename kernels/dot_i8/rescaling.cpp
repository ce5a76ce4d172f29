// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot_i8/rescaling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/elementwise/activation_rows.h"

namespace tilewright::kernels {
namespace {

constexpr std::int32_t kLeast = -128;
constexpr std::int32_t kMost = 127;

/// The activation's bounds.
struct Bounds {
  bool is_clamp;
  float lo = 0, hi = 0;
};

Bounds bounds_of(const Activation& activation) {
  Bounds bounds{};
  bounds.is_clamp = is_clamp(activation, bounds.lo, bounds.hi);
  return bounds;
}

bool is_as_a_whole(const Quantization& quantization) {
  if (quantization.scales.size() != quantization.zero_points.size()) return false;
  return quantization.scales.size() <= 1 &&
         std::ranges::all_of(quantization.zero_points,
                             [](std::int64_t zero) { return zero >= kLeast && zero <= kMost; });
}

bool is_symmetric(const Quantization& quantization, std::int64_t columns) {
  const std::size_t scales = quantization.scales.size();
  const bool by_column = quantization.axis == 0 && scales == static_cast<std::size_t>(columns);
  return (scales <= 1 || by_column) &&
         std::ranges::all_of(quantization.zero_points, [](std::int64_t zero) { return zero == 0; });
}

double scale_of(const Quantization& quantization, std::int64_t column = 0) {
  const std::vector<float>& scales = quantization.scales;
  if (scales.empty()) return 1;
  return scales[scales.size() == 1 ? 0 : static_cast<std::size_t>(column)];
}

std::int32_t zero_point_of(const Quantization& quantization) {
  return quantization.zero_points.empty()
             ? 0
             : static_cast<std::int32_t>(quantization.zero_points.front());
}

}  // namespace

const Activation& dense_activation(const Op& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op)) return conv->activation;
  return std::get_if<FullyConnected>(&op)->activation;
}

bool is_rescalable(const Call& call, const Activation& activation) {
  if (call.src.size() != 3 || call.src[0].dtype != DType::Int8 ||
      call.src[1].dtype != DType::Int8 || call.src[2].dtype != DType::Int32 ||
      call.dst.dtype != DType::Int8)
    return false;
  return bounds_of(activation).is_clamp && is_as_a_whole(call.src[0].quantization) &&
         is_as_a_whole(call.dst.quantization) &&
         is_symmetric(call.src[1].quantization, call.dst.shape.last());
}

Rescaling rescaling_of(const Call& call, const Activation& activation) {
  const Bounds bounds = bounds_of(activation);
  const double scale = scale_of(call.dst.quantization);
  const std::int32_t zero_point = zero_point_of(call.dst.quantization);
  const auto bound = [&](float real) {
    const double stored = zero_point + std::round(double{real} / scale);
    return static_cast<float>(std::fmax(double{kLeast}, std::fmin(double{kMost}, stored)) -
                              zero_point);
  };
  return {bound(bounds.lo), bound(bounds.hi), zero_point, zero_point_of(call.src[0].quantization)};
}

float multiplier_of(const Call& call, std::int64_t column) {
  const double multiplier = scale_of(call.src[0].quantization) *
                            scale_of(call.src[1].quantization, column) /
                            scale_of(call.dst.quantization);
  constexpr double kLargest = std::numeric_limits<float>::max();
  return static_cast<float>(std::min(multiplier, kLargest));
}

std::int8_t rescaled(std::int32_t sum, float multiplier, const Rescaling& rescaling) {
  const float steps = std::nearbyint(static_cast<float>(sum) * multiplier);
  const float clamped = std::min(std::max(steps, rescaling.lo), rescaling.hi);
  // A file's bounds may be anything; those of a plan that was made here are closer.
  const float finite = std::fmax(-512.0F, std::fmin(512.0F, clamped));
  return static_cast<std::int8_t>(static_cast<std::uint32_t>(static_cast<std::int32_t>(finite)) +
                                  static_cast<std::uint32_t>(rescaling.zero_point));
}

}  // namespace tilewright::kernels
