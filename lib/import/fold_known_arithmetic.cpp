// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

#include "kernels/elementwise/unary_formula.h"
#include "lib/import/fold_known.h"

namespace tilewright::importer {
namespace {

// Integers wrap around as the unsigned do.
std::int64_t wrap(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::int64_t integer_power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : 0;
  std::uint64_t result = 1;
  std::uint64_t factor = static_cast<std::uint64_t>(base);
  for (; exponent > 0; exponent >>= 1, factor *= factor) {
    if ((exponent & 1) != 0) result *= factor;
  }
  return wrap(result);
}

std::int64_t quotient(std::int64_t a, std::int64_t b) {
  return b == -1 ? wrap(0 - static_cast<std::uint64_t>(a)) : a / b;
}

std::int64_t apply(BinaryKind kind, std::int64_t a, std::int64_t b) {
  const auto ua = static_cast<std::uint64_t>(a);
  const auto ub = static_cast<std::uint64_t>(b);
  switch (kind) {
    case BinaryKind::Add:
      return wrap(ua + ub);
    case BinaryKind::Sub:
      return wrap(ua - ub);
    case BinaryKind::Mul:
      return wrap(ua * ub);
    case BinaryKind::Div:
      return quotient(a, b);
    case BinaryKind::Max:
      return std::max(a, b);
    case BinaryKind::Min:
      return std::min(a, b);
    case BinaryKind::Pow:
      return integer_power(a, b);
    case BinaryKind::SquaredDifference:
      return wrap((ua - ub) * (ua - ub));
  }
  return 0;
}

double apply(BinaryKind kind, double a, double b) {
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
      return std::isnan(a) || a > b ? a : b;
    case BinaryKind::Min:
      return std::isnan(a) || a < b ? a : b;
    case BinaryKind::Pow:
      return std::pow(a, b);
    case BinaryKind::SquaredDifference:
      return (a - b) * (a - b);
  }
  return 0;
}

/// What of an integer is an integer; the others are not ops on integers in ONNX.
std::int64_t apply(UnaryKind kind, std::int64_t x) {
  if (kind == UnaryKind::Neg) return wrap(0 - static_cast<std::uint64_t>(x));
  if (kind == UnaryKind::Abs) return x < 0 ? wrap(0 - static_cast<std::uint64_t>(x)) : x;
  const double y = kernels::unary_formula(kind, static_cast<double>(x));
  return std::isnan(y) ? 0 : static_cast<std::int64_t>(std::clamp(y, -9.0e18, 9.0e18));
}

/// The two operands, repeated to the output's shape.
template <typename Number>
std::vector<Number> combine(BinaryKind kind, const std::vector<Number>& a,
                            const std::vector<Number>& b) {
  std::vector<Number> result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    result[i] = apply(kind, a[i], b[i]);
  return result;
}

Result<Tensor> fold_binary(const Binary& op, std::span<const Tensor* const> src,
                           const TensorSpec& dst) {
  const auto repeated = [&](const Tensor& x) {
    return strided_copy(x, dst.shape, 0, broadcast_strides(x.shape, dst.shape));
  };
  const Tensor a = repeated(*src[0]);
  const Tensor b = repeated(*src[1]);
  if (!is_integer(dst.dtype)) {
    return from_reals(dst.dtype, dst.shape, combine(op.kind, reals(a), reals(b)));
  }
  const std::vector<std::int64_t> divisors = integers(b);
  if (op.kind == BinaryKind::Div &&
      std::find(divisors.begin(), divisors.end(), 0) != divisors.end()) {
    return Error{ErrorCode::InvalidModel, "expected divisors other than 0, got 0"};
  }
  return from_integers(dst.dtype, dst.shape, combine(op.kind, integers(a), divisors));
}

Tensor fold_unary(const Unary& op, const Tensor& x, const TensorSpec& dst) {
  if (is_integer(dst.dtype)) {
    std::vector<std::int64_t> numbers = integers(x);
    for (std::int64_t& number : numbers)
      number = apply(op.kind, number);
    return from_integers(dst.dtype, dst.shape, numbers);
  }
  std::vector<double> numbers = reals(x);
  for (double& number : numbers)
    number = kernels::unary_formula(op.kind, number);
  return from_reals(dst.dtype, dst.shape, numbers);
}

/// The binary op that a reduction repeats, and what it begins with.
template <typename Number>
struct Accumulation {
  BinaryKind kind;
  Number begin;
};

template <typename Number>
Accumulation<Number> accumulation(ReduceKind kind) {
  using Limits = std::numeric_limits<Number>;
  const Number lowest = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  const Number highest = Limits::has_infinity ? Limits::infinity() : Limits::max();
  switch (kind) {
    case ReduceKind::Sum:
    case ReduceKind::Mean:
      return {BinaryKind::Add, 0};
    case ReduceKind::Prod:
      return {BinaryKind::Mul, 1};
    case ReduceKind::Max:
      return {BinaryKind::Max, lowest};
    case ReduceKind::Min:
      return {BinaryKind::Min, highest};
  }
  return {BinaryKind::Add, 0};
}

/// Position in the reduced tensor of each element of `shape`, in order.
std::vector<std::size_t> reduced_positions(const Reduce& op, const Shape& shape) {
  Shape kept = shape;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if ((op.axes >> axis & 1) != 0) kept[axis] = 1;
  }
  const Axes strides = broadcast_strides(kept, shape);
  std::vector<std::size_t> positions(1, 0);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    std::vector<std::size_t> longer;
    for (const std::size_t position : positions) {
      for (std::int64_t i = 0; i < shape[axis]; ++i)
        longer.push_back(position +
                         static_cast<std::size_t>(i * strides[static_cast<std::size_t>(axis)]));
    }
    positions = std::move(longer);
  }
  return positions;
}

template <typename Number>
std::vector<Number> reduce(const Reduce& op, const Shape& shape, const std::vector<Number>& x,
                           std::size_t count) {
  const Accumulation<Number> step = accumulation<Number>(op.kind);
  std::vector<Number> result(count, step.begin);
  const std::vector<std::size_t> positions = reduced_positions(op, shape);
  for (std::size_t i = 0; i < x.size(); ++i)
    result[positions[i]] = apply(step.kind, result[positions[i]], x[i]);
  if (op.kind != ReduceKind::Mean || count == 0 || x.empty()) return result;
  for (Number& number : result)
    number = apply(BinaryKind::Div, number, static_cast<Number>(x.size() / count));
  return result;
}

Tensor fold_reduce(const Reduce& op, const Tensor& x, const TensorSpec& dst) {
  const auto count = static_cast<std::size_t>(dst.shape.elements());
  if (is_integer(dst.dtype)) {
    return from_integers(dst.dtype, dst.shape, reduce(op, x.shape, integers(x), count));
  }
  return from_reals(dst.dtype, dst.shape, reduce(op, x.shape, reals(x), count));
}

}  // namespace

Result<Tensor> fold_arithmetic(const Op& op, std::span<const Tensor* const> src,
                               const TensorSpec& dst) {
  if (const auto* binary = std::get_if<Binary>(&op)) return fold_binary(*binary, src, dst);
  if (const auto* unary = std::get_if<Unary>(&op)) return fold_unary(*unary, *src[0], dst);
  const auto* reduction = std::get_if<Reduce>(&op);
  TILEWRIGHT_CHECK(reduction != nullptr);
  return fold_reduce(*reduction, *src[0], dst);
}

}  // namespace tilewright::importer
