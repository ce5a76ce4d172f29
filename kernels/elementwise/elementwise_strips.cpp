// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementwise/elementwise_strips.h"

#include <limits>

#include "kernels/elementwise/activation_rows.h"
#include "kernels/elementwise/activation_strips.h"
#include "kernels/elementwise/repeated_rows.h"
#include "kernels/elementwise/strips.h"
#include "kernels/halide/buffer_view.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

/// Strips without a second pass may be as long as extents can be.
constexpr std::int64_t kLongest = std::int64_t{1} << 30;
/// Elements that stay in the first-level cache between a strip and its activation.
constexpr std::int64_t kHotElements = 2048;

/// Operand `i` of a strip.
BufferView<2> operand(const StripRows& strip, std::size_t i, const TensorRef& tensor) {
  return BufferView<2>(tensor.as<float>() + strip.start[i],
                       {{{strip.columns, 1}, {strip.rows, strip.row_strides[i]}}});
}

void run_strips(const KernelArgs& args, const ActivationStrip& strip) {
  for_each_strip(args, kLongest, [&](const StripRows& rows) {
    BufferView<2> src = operand(rows, 1, args.src[0]);
    BufferView<2> dst = operand(rows, 0, args.dst);
    strip.strip(src.get(), strip.alpha, strip.beta, dst.get());
  });
}

/// Null for a kind that has no strip.
Strip unary_strip(const UnaryVariant& variant, UnaryKind kind) {
  switch (kind) {
    case UnaryKind::Neg:
      return variant.neg;
    case UnaryKind::Abs:
      return variant.abs;
    case UnaryKind::Exp:
      return variant.exp;
    case UnaryKind::Log:
      return variant.log;
    case UnaryKind::Sqrt:
      return variant.sqrt;
    case UnaryKind::Rsqrt:
      return variant.rsqrt;
    case UnaryKind::Reciprocal:
      return variant.reciprocal;
    case UnaryKind::Square:
      return variant.square;
    case UnaryKind::Floor:
      return variant.floor;
    case UnaryKind::Ceil:
      return variant.ceil;
    case UnaryKind::Round:
      return variant.round;
    case UnaryKind::Erf:
      return variant.erf;
    case UnaryKind::Sin:
    case UnaryKind::Cos:
      return nullptr;
  }
  return nullptr;
}

/// The strips of a kind for the operand that is one value per row: none, b, a.
struct PairStrips {
  PairStrip both = nullptr;
  PairStrip scalar_b = nullptr;
  PairStrip scalar_a = nullptr;  // null: exchange the operands and take scalar_b
};

PairStrips pair_strips(const BinaryVariant& variant, BinaryKind kind) {
  switch (kind) {
    case BinaryKind::Add:
      return {variant.add, variant.add_scalar};
    case BinaryKind::Sub:
      return {variant.sub, variant.sub_scalar, variant.scalar_sub};
    case BinaryKind::Mul:
      return {variant.mul, variant.mul_scalar};
    case BinaryKind::Div:
      return {variant.div, variant.div_scalar, variant.scalar_div};
    case BinaryKind::Max:
      return {variant.max, variant.max_scalar};
    case BinaryKind::Min:
      return {variant.min, variant.min_scalar};
    case BinaryKind::SquaredDifference:
      return {variant.squared_difference, variant.squared_difference_scalar};
    case BinaryKind::Pow:
      return {};
  }
  return {};
}

struct Bounds {
  float lo = -std::numeric_limits<float>::infinity();
  float hi = std::numeric_limits<float>::infinity();
};

/// The two inputs and the output of a strip; the inputs' elements lie where a kernel's do.
using Operands = std::array<TensorRef, 3>;

void run_pair(const PairStrips& strips, const Operands& operands, const StripRows& rows,
              const Bounds& bounds) {
  BufferView<2> a = operand(rows, 1, operands[1]);
  BufferView<2> b = operand(rows, 2, operands[2]);
  BufferView<2> dst = operand(rows, 0, operands[0]);
  if (rows.column_strides[1] == rows.column_strides[2]) {
    strips.both(a.get(), b.get(), bounds.lo, bounds.hi, dst.get());
  } else if (rows.column_strides[2] == 0) {
    strips.scalar_b(a.get(), b.get(), bounds.lo, bounds.hi, dst.get());
  } else if (strips.scalar_a != nullptr) {
    strips.scalar_a(a.get(), b.get(), bounds.lo, bounds.hi, dst.get());
  } else {
    strips.scalar_b(b.get(), a.get(), bounds.lo, bounds.hi, dst.get());
  }
}

void run_pair_strip(const PairStrips& strips, const KernelArgs& args, const StripRows& rows,
                    const Bounds& bounds) {
  Operands operands{args.dst, args.src[0], args.src[1]};
  const std::size_t repeated = RepeatedRows::repeated_input(rows);
  if (repeated == 0) return run_pair(strips, operands, rows, bounds);
  const float* row = operands[repeated].as<float>() + rows.start[repeated];
  RepeatedRows long_row(row, rows.columns);
  operands[repeated].data = long_row.data();
  for_each_long_strip(rows, repeated, long_row.rows(),
                      [&](const StripRows& part) { run_pair(strips, operands, part, bounds); });
}

}  // namespace

void run_activate_strips(const KernelArgs& args) {
  const auto& op = *std::get_if<Activate>(&args.op);
  run_strips(args, activation_strip(variant_of<ActivateVariant>(args.kernel), op.activation));
}

bool unary_strips_support(const Call& call, const Kernel& kernel) {
  return is_float_op<Unary>(call) && is_small_enough(call) &&
         unary_strip(variant_of<UnaryVariant>(kernel), std::get_if<Unary>(&call.op)->kind) !=
             nullptr;
}

void run_unary_strips(const KernelArgs& args) {
  const auto& op = *std::get_if<Unary>(&args.op);
  run_strips(args, {unary_strip(variant_of<UnaryVariant>(args.kernel), op.kind), 0, 0});
}

bool binary_strips_support(const Call& call, const Kernel&) {
  return is_float_op<Binary>(call) && is_small_enough(call) &&
         std::get_if<Binary>(&call.op)->kind != BinaryKind::Pow;
}

void run_binary_strips(const KernelArgs& args) {
  const auto& op = *std::get_if<Binary>(&args.op);
  const PairStrips strips = pair_strips(variant_of<BinaryVariant>(args.kernel), op.kind);
  Bounds bounds;
  if (is_clamp(op.activation, bounds.lo, bounds.hi)) {
    return for_each_strip(
        args, kLongest, [&](const StripRows& rows) { run_pair_strip(strips, args, rows, bounds); });
  }
  for_each_strip(args, kHotElements, [&](const StripRows& rows) {
    run_pair_strip(strips, args, rows, {});
    apply_activation_rows(op.activation, args.dst.as<float>() + rows.start[0], rows.rows,
                          rows.columns, rows.row_strides[0], args.kernel.isa);
  });
}

}  // namespace tilewright::kernels
