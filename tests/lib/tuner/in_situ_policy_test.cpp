// SPDX-License-Identifier: Apache-2.0
// Which kernel a session may try in an inference, and what it makes of the times.
#include "lib/tuner/in_situ_policy.h"

#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace tilewright::tuner {
namespace {

/// A network whose kernels take known times, linear in rows.
struct Machine {
  InSituProblem problem;
  std::vector<std::vector<double>> kernel_ns;  // by layer and candidate
  std::set<std::pair<std::size_t, std::int32_t>> tried{};
};

/// One run; its time over that of the first candidates.
double run(Machine& machine, InSituPolicy& policy) {
  double ns = 0;
  double first_ns = 0;
  policy.begin_run();
  for (std::size_t step = 0; step < machine.problem.layer_of_step.size(); ++step) {
    const auto layer = static_cast<std::size_t>(machine.problem.layer_of_step[step]);
    const InSituLayer& known = machine.problem.layers[layer];
    for (std::int64_t begin = 0; begin < known.rows;) {
      const StepPart part = policy.next(step, begin);
      const auto kernel = static_cast<std::size_t>(part.kernel);
      REQUIRE(part.row_end > begin);
      REQUIRE(part.row_end <= known.rows);
      REQUIRE((begin % known.candidates[kernel].granule == 0));
      REQUIRE((part.row_end == known.rows || part.row_end % known.candidates[kernel].granule == 0));
      machine.tried.insert({layer, part.kernel});
      const double share =
          static_cast<double>(part.row_end - begin) / static_cast<double>(known.rows);
      const double part_ns = share * machine.kernel_ns[layer][kernel];
      if (part.is_timed) policy.report(step, std::llround(part_ns));
      ns += part_ns;
      begin = part.row_end;
    }
    first_ns += machine.kernel_ns[layer][0];
  }
  policy.end_run();
  return ns / first_ns;
}

InSituLayer layer_of(std::int64_t rows, std::vector<InSituCandidate> candidates) {
  return {std::move(candidates), rows};
}

}  // namespace

TEST_CASE("the faster kernel takes over, in all steps of its layer, and then nothing is timed") {
  Machine machine{{{layer_of(100, {{0, 1}, {0.05, 1}, {0.1, 1}})}, {0, 0}}, {{1e6, 1.05e6, 0.8e6}}};
  InSituPolicy policy(machine.problem);
  for (int i = 0; i < 60; ++i)
    run(machine, policy);
  CHECK(policy.choice(0) == 2);
  CHECK(policy.choice(1) == 2);
  CHECK(policy.progress().settled_layers == 1);
  CHECK(std::abs(policy.progress().gain - 0.25) < 0.01);
  CHECK(std::abs(policy.layer_ns(0) - 0.8e6) < 1e4);
  CHECK_FALSE(policy.next(0, 0).is_timed);
}

TEST_CASE("a kernel that saves less than it must does not take over") {
  Machine machine{{{layer_of(100, {{0, 1}, {0, 1}})}, {0}}, {{1e6, 0.99e6}}};
  InSituPolicy policy(machine.problem);
  for (int i = 0; i < 40; ++i)
    run(machine, policy);
  CHECK(policy.choice(0) == 0);
  CHECK(policy.progress().settled_layers == 1);
  CHECK(policy.progress().gain == 0);
}

TEST_CASE("a kernel that is far slower than expected is stopped after a part of its rows") {
  for (const double factor : {2.0, 3.0}) {
    Machine machine{{{layer_of(96, {{0, 1}, {0, 8}})}, {0}}, {{1e6, factor * 1e6}}};
    InSituPolicy policy(machine.problem);
    double worst = 0;
    for (int i = 0; i < 40; ++i)
      worst = std::max(worst, run(machine, policy));
    CHECK(machine.tried.contains({0, 1}));
    CHECK(worst > 1.01);
    CHECK(worst <= 1.25);
    CHECK(policy.choice(0) == 0);
  }
}

TEST_CASE("a kernel that must run whole is not tried where it could take too long") {
  Machine machine{{{layer_of(1, {{0, 1}, {0, 1}}), layer_of(1, {{0, 1}, {0, 1}})}, {0, 1}},
                  {{1e6, 0.5e6}, {0.05e6, 0.04e6}}};
  InSituPolicy policy(machine.problem);
  for (int i = 0; i < 60; ++i)
    run(machine, policy);
  CHECK_FALSE(machine.tried.contains({0, 1}));
  CHECK(policy.choice(1) == 1);
  CHECK(policy.progress().settled_layers == 2);
}

TEST_CASE(
    "a kernel that must run whole is tried at an eighth of the network's time, not a seventh") {
  for (const double parts : {8.0, 7.0}) {
    const double rest_ns = (parts - 1) * 1e6;
    Machine machine{{{layer_of(1, {{0, 1}, {0, 1}}), layer_of(100, {{0, 1}, {0, 1}})}, {0, 1}},
                    {{1e6, 2.5e6}, {rest_ns, rest_ns}}};
    InSituPolicy policy(machine.problem);
    double worst = 0;
    for (int i = 0; i < 60; ++i)
      worst = std::max(worst, run(machine, policy));
    CHECK(machine.tried.contains({0, 1}) == (parts == 8));
    CHECK(worst <= 1.2);
    CHECK(policy.choice(0) == 0);
  }
}

TEST_CASE("many slow kernels share what one inference may take longer") {
  Machine machine;
  for (int i = 0; i < 20; ++i) {
    machine.problem.layers.push_back(layer_of(64, {{0, 1}, {0, 1}, {0, 1}, {0, 1}}));
    machine.problem.layer_of_step.push_back(i);
    machine.kernel_ns.push_back({2e5, 2.8e5, 2.5e5, 1.9e5});
  }
  InSituPolicy policy(machine.problem);
  double worst = 0;
  for (int i = 0; i < 200; ++i)
    worst = std::max(worst, run(machine, policy));
  CHECK(worst > 1.02);
  CHECK(worst <= 1.25);
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(policy.choice(i) == 3);
}

TEST_CASE("a hundred inferences end all races, and nothing is tried behind them") {
  Machine machine;
  for (int i = 0; i < 5; ++i) {
    // As good as each other, so that races are long, but for one.
    machine.problem.layers.push_back(layer_of(64, std::vector<InSituCandidate>(24, {0, 1})));
    machine.problem.layer_of_step.push_back(i);
    machine.kernel_ns.emplace_back(24, 2e5);
    machine.kernel_ns.back()[static_cast<std::size_t>(3 + 4 * i)] = 1.6e5;
  }
  InSituPolicy policy(machine.problem);
  for (int i = 0; i < 99; ++i)
    run(machine, policy);
  CHECK(policy.progress().settled_layers < 5);
  run(machine, policy);
  CHECK(policy.progress().settled_layers == 5);
  CHECK(policy.choice(0) == 3);
  const std::int64_t trials = policy.progress().trials;
  const double gain = policy.progress().gain;
  CHECK(gain > 0.04);
  for (int i = 0; i < 100; ++i)
    run(machine, policy);
  CHECK(policy.progress().trials == trials);
  CHECK(policy.progress().gain == gain);
}

TEST_CASE("a run that did not end teaches nothing") {
  Machine machine{{{layer_of(100, {{0, 1}, {0, 1}})}, {0}}, {{1e6, 0.5e6}}};
  InSituPolicy policy(machine.problem);
  for (int i = 0; i < 3; ++i)
    run(machine, policy);
  const std::int64_t runs = policy.progress().runs;
  for (int i = 0; i < 50; ++i) {
    policy.begin_run();
    const StepPart part = policy.next(0, 0);
    policy.report(0, 1'000'000'000);
    CHECK(part.row_end > 0);
  }
  CHECK(policy.progress().runs == runs);
  CHECK(policy.choice(0) == 0);
  for (int i = 0; i < 40; ++i)
    run(machine, policy);
  CHECK(policy.choice(0) == 1);
}

}  // namespace tilewright::tuner
