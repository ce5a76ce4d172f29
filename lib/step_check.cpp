// SPDX-License-Identifier: Apache-2.0
#include "lib/step_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "kernels/op_rules.h"
#include "kernels/registry.h"
#include "runtime/arena.h"
#include "runtime/denormals.h"
#include "runtime/executor.h"

namespace tilewright {
namespace {

using kernels::TensorRef;

void fill_random(std::span<float> elements, std::mt19937_64& random, float scale) {
  for (float& element : elements) {
    element = scale * (static_cast<float>(random() >> 40) / 8388608.0F - 1.0F);
  }
}

/// A dense tensor of our own.
struct Dense {
  std::vector<std::byte> bytes;
  TensorRef ref;

  explicit Dense(const TensorSpec& spec) : bytes(static_cast<std::size_t>(spec.size_bytes()) + 64) {
    ref = {bytes.data(), spec.dtype, spec.shape, kernels::dense_strides(spec.shape)};
  }
};

/// Copies a strided tensor, element by element, to a dense one of the same shape.
void copy_dense(const TensorRef& from, const TensorRef& to) {
  const std::int64_t elements = from.shape.elements();
  const auto bytes = static_cast<std::size_t>(size_bytes(from.dtype));
  for (std::int64_t i = 0; i < elements; ++i) {
    std::int64_t rest = i;
    std::int64_t offset = 0;
    for (int axis = from.shape.rank() - 1; axis >= 0; --axis) {
      offset += rest % from.shape[axis] * from.strides[static_cast<std::size_t>(axis)];
      rest /= from.shape[axis];
    }
    std::memcpy(to.data + static_cast<std::size_t>(i) * bytes,
                from.data + static_cast<std::size_t>(offset) * bytes, bytes);
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

void compare_floats(const Dense& got, const Dense& expected, StepError& error) {
  const std::int64_t elements = got.ref.shape.elements();
  double largest = 0;
  bool kinds_agree = true;
  for (std::int64_t i = 0; i < elements; ++i) {
    const float a = got.ref.as<float>()[i];
    const float b = expected.ref.as<float>()[i];
    kinds_agree = kinds_agree && same_kind(a, b);
    if (!std::isfinite(a) || !std::isfinite(b)) continue;
    error.max_abs =
        std::max(error.max_abs, std::abs(static_cast<double>(a) - static_cast<double>(b)));
    largest = std::max(largest, std::abs(static_cast<double>(b)));
  }
  error.max_rel = largest > 0 ? error.max_abs / largest : error.max_abs;
  error.passed = kinds_agree && error.max_rel <= error.tolerance;
}

/// What the reference kernel makes of the operands that a step is about to read.
Result<Dense> expected_output(const ProgramOp& op, const runtime::BoundStep& bound) {
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
    } else {
      copy_dense(bound.src[i], src.back().ref);
    }
    refs.push_back(src.back().ref);
  }
  Dense dst(op.dst.spec);
  const kernels::KernelConfig config = reference->configs(call, *reference).front();
  std::vector<std::byte> scratch(
      static_cast<std::size_t>(reference->scratch_bytes(call, *reference, config)) + 64);
  reference->run({op.op, refs, dst.ref, nullptr, scratch.data(), config, *reference, 0,
                  kernels::row_count(op.dst.spec.shape)});
  return dst;
}

StepError compare(const ProgramOp& op, const runtime::BoundStep& bound, const Dense& expected) {
  Dense got(op.dst.spec);
  copy_dense(bound.dst, got.ref);
  StepError error{
      op.name, std::string(kernels::op_name(op.op)), std::string(bound.step->kernel->name), 0, 0, 0,
      false};
  if (op.dst.spec.dtype == DType::Float32) {
    constexpr double kRelativePerRounding = 4e-6;  // some 30 units in the last place
    error.tolerance = kRelativePerRounding * std::sqrt(sum_length(op));
    compare_floats(got, expected, error);
  } else {
    error.passed = got.bytes == expected.bytes;
    error.max_abs = error.max_rel = error.passed ? 0 : 1;
  }
  return error;
}

}  // namespace

Result<std::vector<StepError>> check_steps(const Compilation& compilation, std::uint64_t seed) {
  const runtime::FlatPlan& plan = compilation.plan.flat();
  TILEWRIGHT_TRY(const runtime::Arena arena, runtime::Arena::allocate(plan.arena_bytes, {}));
  std::memset(arena.data(), 0, static_cast<std::size_t>(arena.size_bytes()));
  std::mt19937_64 random(seed);
  for (const runtime::PlanTensor& input : plan.inputs) {
    if (input.spec.dtype != DType::Float32) continue;  // integers stay zero: valid as indices
    auto* elements = reinterpret_cast<float*>(arena.data() + input.offset_bytes);
    fill_random({elements, static_cast<std::size_t>(input.spec.shape.elements())}, random, 1.0F);
  }
  const std::vector<runtime::BoundStep> steps = runtime::bind(plan, arena.data());
  const runtime::FlushDenormals flush_denormals;
  std::vector<StepError> errors;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    const ProgramOp& op = compilation.program.ops[scheduler::index(compilation.solution.order[k])];
    TILEWRIGHT_TRY(const Dense expected, expected_output(op, steps[k]));
    runtime::run_step(steps[k], {});
    errors.push_back(compare(op, steps[k], expected));
  }
  return errors;
}

Model with_random_weights(const Model& model, std::uint64_t seed) {
  auto graph = std::make_shared<graph::Graph>(model.graph());
  std::mt19937_64 random(seed);
  for (graph::Value& value : graph->values) {
    if (!value.constant || value.spec.dtype != DType::Float32) continue;
    const Shape& shape = value.spec.shape;
    const std::int64_t outputs =
        shape.rank() >= 2 ? std::max<std::int64_t>(shape[0], 1) : shape.elements();
    const double fan_in = static_cast<double>(
        std::max<std::int64_t>(shape.elements() / std::max<std::int64_t>(outputs, 1), 1));
    std::vector<float> elements(static_cast<std::size_t>(shape.elements()));
    fill_random(
        elements, random,
        static_cast<float>(std::sqrt(6.0 / fan_in)));  // He initialisation: keeps the variance
    value.constant = graph::copy_constant(std::as_bytes(std::span(elements)));
  }
  return Model(std::move(graph));
}

}  // namespace tilewright
