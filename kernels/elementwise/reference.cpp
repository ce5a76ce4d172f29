// SPDX-License-Identifier: Apache-2.0
// Elementwise ops, written to be read: dst[i] = f(src[i], ..). float32 is computed in double where
// a function is not exact, and rounded once. Integers wrap; division by zero gives 0.
#include <cmath>
#include <limits>
#include <type_traits>

#include "kernels/elementwise/activation_formula.h"
#include "kernels/elementwise/elementwise_references.h"
#include "kernels/elementwise/unary_formula.h"
#include "kernels/portable_kernel.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

/// The larger if `prefer_larger`, else the smaller; NaN if either is.
template <typename T>
T extreme(T a, T b, bool prefer_larger) {
  if (a != a) return a;
  if (b != b) return b;
  return (a > b) == prefer_larger ? a : b;
}

float binary(BinaryKind kind, float a, float b) {
  switch (kind) {
    case BinaryKind::Add:
      return a + b;
    case BinaryKind::Sub:
      return a - b;
    case BinaryKind::Mul:
      return a * b;
    case BinaryKind::Div:
      return a / b;
    case BinaryKind::Max:
      return extreme(a, b, true);
    case BinaryKind::Min:
      return extreme(a, b, false);
    case BinaryKind::Pow:
      return static_cast<float>(std::pow(double{a}, double{b}));
    case BinaryKind::SquaredDifference:
      return (a - b) * (a - b);
  }
  return a;
}

template <typename T>
T divided(T a, T b) {
  if (b == 0) return 0;
  if (b == -1) return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));
  return a / b;
}

template <typename T>
T integer_binary(BinaryKind kind, T a, T b) {
  using Wrapping = std::make_unsigned_t<T>;
  const auto x = static_cast<Wrapping>(a);
  const auto y = static_cast<Wrapping>(b);
  switch (kind) {
    case BinaryKind::Add:
      return static_cast<T>(x + y);
    case BinaryKind::Sub:
      return static_cast<T>(x - y);
    case BinaryKind::Mul:
      return static_cast<T>(x * y);
    case BinaryKind::Div:
      return divided(a, b);
    case BinaryKind::Max:
      return extreme(a, b, true);
    case BinaryKind::Min:
      return extreme(a, b, false);
    case BinaryKind::Pow:
    case BinaryKind::SquaredDifference:
      break;  // refused by `binary_reference_supports`
  }
  return 0;
}

/// dst[i] = f(a[i], b[i]) with both broadcast.
template <typename T, typename F>
void for_each_pair(const KernelArgs& args, F&& f) {
  const int rank = args.dst.shape.rank();
  for_each_element(args, [&](const Index& index) {
    const T a = element<T>(args.src[0], broadcast_index(args.src[0].shape, rank, index));
    const T b = element<T>(args.src[1], broadcast_index(args.src[1].shape, rank, index));
    element<T>(args.dst, index) = f(a, b);
  });
}

}  // namespace

void run_activate_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<Activate>(&args.op);
  for_each_element(args, [&](const Index& index) {
    element<float>(args.dst, index) = activated(op.activation, element<float>(args.src[0], index));
  });
}

void run_unary_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<Unary>(&args.op);
  for_each_element(args, [&](const Index& index) {
    const double x = element<float>(args.src[0], index);
    element<float>(args.dst, index) = static_cast<float>(unary_formula(op.kind, x));
  });
}

bool binary_reference_supports(const Call& call, const Kernel&) {
  if (is_float_op<Binary>(call)) return true;
  const auto* op = std::get_if<Binary>(&call.op);
  const DType dtype = call.dst.dtype;
  if (op == nullptr || (dtype != DType::Int32 && dtype != DType::Int64)) return false;
  if (op->kind == BinaryKind::Pow || op->kind == BinaryKind::SquaredDifference) return false;
  return op->activation.kind == ActivationKind::None && call.src[0].dtype == dtype &&
         call.src[1].dtype == dtype;
}

void run_binary_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<Binary>(&args.op);
  if (args.dst.dtype == DType::Int64) {
    return for_each_pair<std::int64_t>(
        args, [&](std::int64_t a, std::int64_t b) { return integer_binary(op.kind, a, b); });
  }
  if (args.dst.dtype == DType::Int32) {
    return for_each_pair<std::int32_t>(
        args, [&](std::int32_t a, std::int32_t b) { return integer_binary(op.kind, a, b); });
  }
  for_each_pair<float>(
      args, [&](float a, float b) { return activated(op.activation, binary(op.kind, a, b)); });
}

}  // namespace tilewright::kernels
