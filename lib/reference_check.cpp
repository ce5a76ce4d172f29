// SPDX-License-Identifier: Apache-2.0
#include "lib/reference_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>

#include "kernels/op_rules.h"
#include "kernels/registry.h"

namespace tilewright {
namespace {

using kernels::TensorRef;

/// A dense tensor of our own.
struct Dense {
  std::vector<std::byte> bytes;
  TensorRef ref;

  explicit Dense(const TensorSpec& spec) : bytes(static_cast<std::size_t>(spec.size_bytes()) + 64) {
    ref = {bytes.data(), spec.dtype, spec.shape, kernels::dense_strides(spec.shape)};
  }
};

/// Copies a strided tensor to a dense one of the same shape, as many of the last dimensions at a
/// time as are dense in both.
void copy_dense(const TensorRef& from, const TensorRef& to) {
  const std::int64_t elements = from.shape.elements();
  const auto bytes = static_cast<std::size_t>(size_bytes(from.dtype));
  int outer = from.shape.rank();
  std::int64_t run = 1;
  while (outer > 0 && from.strides[static_cast<std::size_t>(outer - 1)] == run)
    run *= from.shape[--outer];
  for (std::int64_t i = 0; i < elements; i += run) {
    std::int64_t rest = i / run;
    std::int64_t offset = 0;
    for (int axis = outer - 1; axis >= 0; --axis) {
      offset += rest % from.shape[axis] * from.strides[static_cast<std::size_t>(axis)];
      rest /= from.shape[axis];
    }
    std::memcpy(to.data + static_cast<std::size_t>(i) * bytes,
                from.data + static_cast<std::size_t>(offset) * bytes,
                static_cast<std::size_t>(run) * bytes);
  }
}

/// Steps of rounding in one output: the length of its sums.
double sum_length(const ProgramOp& op) {
  const std::vector<TensorSpec> specs = src_specs(op);
  const double macs = static_cast<double>(kernels::macs(op.op, specs, op.dst.spec));
  const double outputs =
      static_cast<double>(std::max<std::int64_t>(op.dst.spec.shape.elements(), 1));
  const double inputs = specs.empty() ? 1 : static_cast<double>(specs[0].shape.elements());
  const bool reduces =
      std::holds_alternative<Reduce>(op.op) || std::holds_alternative<Pool2d>(op.op);
  return std::max({1.0, macs / outputs, reduces ? inputs / outputs : 1.0});
}

bool same_kind(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return !(std::isinf(a) || std::isinf(b)) || a == b;
}

void compare_floats(std::span<const float> got, std::span<const float> expected, StepError& error) {
  double largest = 0;
  bool kinds_agree = true;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const float a = got[i];
    const float b = expected[i];
    kinds_agree = kinds_agree && same_kind(a, b);
    if (!std::isfinite(a) || !std::isfinite(b)) continue;
    error.max_abs =
        std::max(error.max_abs, std::abs(static_cast<double>(a) - static_cast<double>(b)));
    largest = std::max(largest, std::abs(static_cast<double>(b)));
  }
  error.max_rel = largest > 0 ? error.max_abs / largest : error.max_abs;
  error.passed = kinds_agree && error.max_rel <= error.tolerance;
}

/// Bytes of the rows that `bound` computes, all of the output if it has no rows.
std::size_t row_bytes(const ProgramOp& op, const runtime::BoundStep& bound) {
  const std::int64_t all_rows = kernels::row_count(op.dst.spec.shape);
  if (bound.rows == 0 || all_rows == 0) return static_cast<std::size_t>(op.dst.spec.size_bytes());
  return static_cast<std::size_t>(op.dst.spec.size_bytes() / all_rows * bound.rows);
}

std::span<const float> as_floats(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

/// What an op of a step reads: operands in memory, and what the producers before it made.
struct Operands {
  std::span<const TensorRef> src;
  std::span<const Dense> produced;
};

/// The first `rows` rows that the reference kernel makes of `operands`; all if 0.
Result<Dense> expected_of_op(const ProgramOp& op, const Operands& operands, std::int64_t rows) {
  const std::vector<TensorSpec> specs = src_specs(op);
  const kernels::Call call{op.op, specs, op.dst.spec};
  const kernels::Kernel* reference = kernels::reference(call);
  if (reference == nullptr) {
    return Error{ErrorCode::Unsupported, "check: node '" + op.name +
                                             "': expected a reference kernel for " +
                                             std::string(kernels::op_name(op.op))};
  }
  std::vector<Dense> src;
  std::vector<TensorRef> refs;
  for (std::size_t i = 0; i < op.src.size(); ++i) {
    src.emplace_back(specs[i]);
    if (op.src[i].constant) {
      const std::span<const std::byte> bytes = op.src[i].constant->bytes;
      std::copy(bytes.begin(), bytes.end(), src.back().bytes.begin());
    } else if (op.src[i].producer) {
      src.back().bytes = operands.produced[*op.src[i].producer].bytes;
      src.back().ref.data = src.back().bytes.data();
    } else {
      copy_dense(operands.src[i], src.back().ref);
    }
    refs.push_back(src.back().ref);
  }
  Dense dst(op.dst.spec);
  const kernels::KernelConfig config = reference->configs(call, *reference).front();
  std::vector<const std::byte*> constants;
  const std::uint32_t consumed = reference->packed_inputs(call, *reference);
  for (std::size_t i = 0; i < refs.size(); ++i)
    constants.push_back((consumed >> i & 1U) != 0 ? refs[i].data : nullptr);
  std::vector<std::byte> packed(
      static_cast<std::size_t>(reference->packed_bytes(call, *reference, config)) + 64);
  reference->pack(call, *reference, config, constants, packed.data());
  std::vector<std::byte> scratch(
      static_cast<std::size_t>(reference->scratch_bytes(call, *reference, config)) + 64);
  reference->run({op.op, refs, dst.ref, packed.data(), scratch.data(), config, *reference, 0,
                  rows > 0 ? rows : kernels::row_count(op.dst.spec.shape)});
  return dst;
}

}  // namespace

Result<ExpectedRows> expected_rows(const ProgramOp& op, const runtime::BoundStep& bound) {
  std::vector<Dense> produced;
  for (std::size_t p = 0; p < op.producers.size(); ++p) {
    TILEWRIGHT_TRY(Dense made, expected_of_op(op.producers[p], {bound.strips[p].src, produced}, 0));
    produced.push_back(std::move(made));
  }
  TILEWRIGHT_TRY(Dense dst, expected_of_op(op, {bound.src, produced}, bound.rows));
  dst.bytes.resize(row_bytes(op, bound));
  return ExpectedRows{std::move(dst.bytes)};
}

StepError compare_rows(const ProgramOp& op, const runtime::BoundStep& bound,
                       const ExpectedRows& expected, double slack) {
  Dense got(op.dst.spec);
  copy_dense(bound.dst, got.ref);
  got.bytes.resize(expected.bytes.size());
  StepError error{op.name,
                  op.producers.empty() ? std::string(kernels::op_name(op.op)) : "strips",
                  std::string(bound.step->kernel->name),
                  0,
                  0,
                  0,
                  false};
  if (op.dst.spec.dtype == DType::Float32) {
    constexpr double kRelativePerRounding = 4e-6;  // some 30 units in the last place
    double roundings = std::sqrt(sum_length(op));
    for (const ProgramOp& producer : op.producers)
      roundings += std::sqrt(sum_length(producer));
    error.tolerance = slack * kRelativePerRounding * roundings;
    compare_floats(as_floats(got.bytes), as_floats(expected.bytes), error);
  } else {
    error.passed = got.bytes == expected.bytes;
    error.max_abs = error.max_rel = error.passed ? 0 : 1;
  }
  return error;
}

}  // namespace tilewright
