// SPDX-License-Identifier: Apache-2.0
// The check of steps finds a step that is wrong, and no other.
#include "lib/step_check.h"

#include <cstring>
#include <memory>

#include <catch2/catch_test_macros.hpp>

#include "runtime/flat_plan.h"
#include "tests/lib/network_run.h"

namespace tilewright::tests {
namespace {

/// The compilation with one float of the packed weights of step `name` changed by `delta`.
Compilation with_wrong_weight(Compilation compilation, const std::string& name, float delta) {
  auto plan = std::make_shared<runtime::FlatPlan>(compilation.plan.flat());
  auto constants = std::make_shared<graph::Constant>(graph::copy_constant(plan->constants));
  for (const runtime::Step& step : plan->steps) {
    if (step.name != name) continue;
    auto* first = const_cast<std::byte*>(constants->bytes.data()) + step.packed_offset_bytes;
    auto* last = first + step.packed_bytes;
    float weight = 0;  // the first that is not padding
    while (weight == 0 && first < last) {
      std::memcpy(&weight, first, sizeof weight);
      first += sizeof weight;
    }
    REQUIRE(weight != 0);
    weight += delta;
    std::memcpy(first - sizeof weight, &weight, sizeof weight);
  }
  plan->constants = constants->bytes;
  plan->constants_owner = constants;
  compilation.plan = Plan(std::move(plan));
  return compilation;
}

}  // namespace

TEST_CASE("right steps pass") {
  const auto errors = check_steps(compiled(small_network()), 1);
  REQUIRE(errors);
  CHECK(errors->size() == compiled(small_network()).plan.flat().steps.size());
  for (const StepError& error : *errors) {
    CAPTURE(error.name);
    CHECK(error.passed);
    CHECK(error.max_rel <= error.tolerance);
  }
}

TEST_CASE("a wrong weight fails its step and no step behind it") {
  for (const std::string wrong : {"stem", "block", "scores"}) {
    const auto errors = check_steps(with_wrong_weight(compiled(small_network()), wrong, 0.5F), 1);
    REQUIRE(errors);
    for (const StepError& error : *errors) {
      CAPTURE(wrong, error.name);
      CHECK(error.passed == (error.name != wrong));
    }
  }
}

TEST_CASE("a weight that is no number fails its step") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto errors = check_steps(with_wrong_weight(compiled(small_network()), "stem", nan), 1);
  REQUIRE(errors);
  CHECK_FALSE((*errors)[0].passed);
}

TEST_CASE("random weights differ by seed and keep activations in range") {
  const Model model(std::make_shared<const graph::Graph>(heavy_network()));
  const Model drawn = with_random_weights(model, 1);
  const auto outputs = [](const Model& m) {
    return outputs_of(compiled(m.graph()).plan, graph::tests::random_inputs(m.graph(), 1));
  };
  CHECK(outputs(drawn) == outputs(with_random_weights(model, 1)));
  CHECK(outputs(drawn) != outputs(with_random_weights(model, 2)));
  float largest = 0;
  const auto bytes = outputs(drawn)[0];
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(float)) {
    float element = 0;
    std::memcpy(&element, &bytes[i], sizeof element);
    largest = std::max(largest, std::abs(element));
  }
  CHECK(largest > 0.01F);
  CHECK(largest < 100);
}

}  // namespace tilewright::tests
