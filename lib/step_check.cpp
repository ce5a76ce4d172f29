// SPDX-License-Identifier: Apache-2.0
#include "lib/step_check.h"

#include <cmath>
#include <cstring>
#include <random>
#include <span>

#include "runtime/arena.h"
#include "runtime/denormals.h"
#include "runtime/executor.h"

namespace tilewright {
namespace {

void fill_random(std::span<float> elements, std::mt19937_64& random, float scale) {
  for (float& element : elements) {
    element = scale * (static_cast<float>(random() >> 40) / 8388608.0F - 1.0F);
  }
}

void fill_random(std::span<std::byte> elements, std::mt19937_64& random) {
  for (std::byte& element : elements)
    element = static_cast<std::byte>(random() >> 56);
}

}  // namespace

Result<std::vector<StepError>> check_steps(const Compilation& compilation, std::uint64_t seed) {
  const runtime::FlatPlan& plan = compilation.plan.flat();
  if (plan.banks) {
    return Error{ErrorCode::Unsupported, "check: expected a plan without banks, got one with them"};
  }
  TILEWRIGHT_TRY(const runtime::Arena arena, runtime::Arena::allocate(plan.arena_bytes, {}));
  std::memset(arena.data(), 0, static_cast<std::size_t>(arena.size_bytes()));
  std::mt19937_64 random(seed);
  for (const runtime::PlanTensor& input : plan.inputs) {
    const auto count = static_cast<std::size_t>(input.spec.shape.elements());
    std::byte* const data = arena.data() + input.offset_bytes;
    if (input.spec.dtype == DType::Int8 || input.spec.dtype == DType::UInt8) {
      fill_random(std::span(data, count), random);
    } else if (input.spec.dtype == DType::Float32) {
      fill_random({reinterpret_cast<float*>(data), count}, random, 1.0F);
    }  // wider integers stay zero: valid as indices
  }
  const runtime::BoundSteps steps = runtime::bind(plan, {.arena = arena.data()});
  const runtime::FlushDenormals flush_denormals;
  std::vector<StepError> errors;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    const ProgramOp& op = compilation.program.ops[scheduler::index(compilation.solution.order[k])];
    TILEWRIGHT_TRY(const ExpectedRows expected, expected_rows(op, steps[k]));
    runtime::run_step(steps[k], {});
    errors.push_back(compare_rows(op, steps[k], expected));
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
