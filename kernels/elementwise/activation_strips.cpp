// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementwise/activation_strips.h"

#include <limits>

#include "kernels/elementwise/activation_formula.h"
#include "kernels/elementwise/activation_rows.h"
#include "kernels/elementwise/elementwise_generated.h"
#include "kernels/halide/buffer_view.h"

namespace tilewright::kernels {

bool is_clamp(const Activation& activation, float& lo, float& hi) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto between = [&](float low, float high) {
    lo = low;
    hi = high;
    return true;
  };
  switch (activation.kind) {
    case ActivationKind::None:
      return between(-infinity, infinity);
    case ActivationKind::Relu:
      return between(0, infinity);
    case ActivationKind::Relu6:
      return between(0, 6);
    case ActivationKind::Clamp:
      return between(activation.alpha, activation.beta);
    case ActivationKind::LeakyRelu:
    case ActivationKind::Sigmoid:
    case ActivationKind::Tanh:
    case ActivationKind::HardSigmoid:
    case ActivationKind::HardSwish:
    case ActivationKind::Silu:
    case ActivationKind::Elu:
    case ActivationKind::Gelu:
    case ActivationKind::GeluTanh:
      return false;
  }
  return false;
}

ActivationStrip activation_strip(const ActivateVariant& variant, const Activation& activation) {
  float lo = 0;
  float hi = 0;
  if (is_clamp(activation, lo, hi)) return {variant.clamp, lo, hi};
  const auto with = [&](Strip strip) {
    return ActivationStrip{strip, activation.alpha, activation.beta};
  };
  switch (activation.kind) {
    case ActivationKind::None:
    case ActivationKind::Relu:
    case ActivationKind::Relu6:
    case ActivationKind::Clamp:
      break;
    case ActivationKind::LeakyRelu:
      return with(variant.leaky_relu);
    case ActivationKind::Sigmoid:
      return with(variant.sigmoid);
    case ActivationKind::Tanh:
      return with(variant.tanh);
    case ActivationKind::HardSigmoid:
      return with(variant.hard_sigmoid);
    case ActivationKind::HardSwish:
      return with(variant.hard_swish);
    case ActivationKind::Silu:
      return with(variant.silu);
    case ActivationKind::Elu:
      return with(variant.elu);
    case ActivationKind::Gelu:
      return with(variant.gelu);
    case ActivationKind::GeluTanh:
      return with(variant.gelu_tanh);
  }
  return with(variant.clamp);
}

const ActivateVariant* activate_variant(Isa isa) {
  for (const ActivateVariant& variant : kActivateVariants) {
    if (variant.isa == isa) return &variant;
  }
  return nullptr;
}

void apply_activation_rows(const Activation& activation, float* data, std::int64_t rows,
                           std::int64_t columns, std::int64_t row_stride, Isa isa) {
  if (const ActivateVariant* variant = activate_variant(isa); variant != nullptr) {
    const ActivationStrip strip = activation_strip(*variant, activation);
    BufferView<2> view(data, {{{columns, 1}, {rows, row_stride}}});
    strip.strip(view.get(), strip.alpha, strip.beta, view.get());
    return;
  }
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      float& x = data[row * row_stride + column];
      x = activated(activation, x);
    }
  }
}

}  // namespace tilewright::kernels
