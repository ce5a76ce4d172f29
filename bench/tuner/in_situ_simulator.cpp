// SPDX-License-Identifier: Apache-2.0
#include "bench/tuner/in_situ_simulator.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

constexpr double kDrift = 0.10;
constexpr double kDriftRuns = 40;
constexpr double kColdFactor = 1.10;

/// One step of the simulated network.
struct SimulatedStep {
  std::size_t layer = 0;
  std::vector<double> kernel_ns;     // undisturbed, by candidate on trial
  std::vector<double> disturbances;  // to draw from
  std::vector<bool> was_run;
};

struct Network {
  tuner::InSituProblem problem;
  std::vector<SimulatedStep> steps;
  double best_ns = 0;        // of the table
  double trial_best_ns = 0;  // of those on trial
  double default_ns = 0;
};

std::int64_t granule_of(const ProgramOp& op, const std::string& name,
                        const tuner::DeviceParameters& device) {
  const auto all = kernel_candidates(op, ~runtime::IsaMask{0}, device);
  const std::vector<TensorSpec> specs = src_specs(op);
  for (const KernelChoice& choice : *all) {
    if (candidate_name(choice) != name) continue;
    return choice.kernel->row_granule({op.op, specs, op.dst.spec}, *choice.kernel, choice.config);
  }
  return 1;
}

void add_layer(Network& network, const RecordedLayer& recorded, std::size_t most) {
  const std::vector<std::size_t> order = in_situ_order(recorded.layer, most);
  tuner::InSituLayer layer;
  layer.rows = kernels::row_count(recorded.op.dst.spec.shape);
  SimulatedStep step{network.problem.layers.size(), {}, {}, {}};
  const std::vector<tuner::Candidate>& candidates = recorded.layer.candidates;
  for (const std::size_t i : order) {
    layer.candidates.push_back(
        {candidates[i].analytic_log_seconds - candidates[order[0]].analytic_log_seconds,
         granule_of(recorded.op, candidates[i].name, {})});
    step.kernel_ns.push_back(1e9 * tuner::median(recorded.seconds[i]));
  }
  for (const double sample : recorded.seconds[order[0]])
    step.disturbances.push_back(sample / tuner::median(recorded.seconds[order[0]]));
  step.was_run.assign(order.size(), false);
  step.was_run[0] = true;  // as cold untuned
  double best_seconds = tuner::median(recorded.seconds[0]);
  for (const std::vector<double>& row : recorded.seconds)
    best_seconds = std::min(best_seconds, tuner::median(row));
  for (std::size_t k = 0; k < recorded.layer.count; ++k) {
    network.problem.layer_of_step.push_back(static_cast<std::int32_t>(step.layer));
    network.steps.push_back(step);
    network.best_ns += 1e9 * best_seconds;
    network.trial_best_ns += *std::ranges::min_element(step.kernel_ns);
    network.default_ns += step.kernel_ns[0];
  }
  network.problem.layers.push_back(std::move(layer));
}

/// Runs all parts of one step; its time and that of the untuned kernel.
std::pair<double, double> run_step(SimulatedStep& step, std::size_t index, std::int64_t rows,
                                   tuner::InSituPolicy& policy, double disturbance) {
  double ns = 0;
  for (std::int64_t begin = 0; begin < rows;) {
    const StepPart part = policy.next(index, begin);
    const auto kernel = static_cast<std::size_t>(part.kernel);
    const double share = static_cast<double>(part.row_end - begin) / static_cast<double>(rows);
    const double cold = step.was_run[kernel] ? 1 : kColdFactor;
    step.was_run[kernel] = true;
    const double part_ns = share * cold * disturbance * step.kernel_ns[kernel];
    if (part.is_timed) policy.report(index, std::llround(part_ns));
    ns += part_ns;
    begin = part.row_end;
  }
  return {ns, disturbance * step.kernel_ns[0]};
}

}  // namespace

std::vector<std::size_t> in_situ_order(const tuner::Layer& layer, std::size_t most) {
  std::vector<std::size_t> order(layer.candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {},
                           [&](std::size_t i) { return layer.candidates[i].analytic_log_seconds; });
  if (order.size() > most) order.resize(most);
  return order;
}

InSituSimulation simulate_in_situ(const RecordedTable& table, std::int64_t runs, std::uint64_t seed,
                                  std::size_t most_candidates) {
  Network network;
  for (const RecordedLayer& layer : table.layers)
    add_layer(network, layer, most_candidates);
  tuner::InSituPolicy policy(network.problem);
  std::mt19937_64 random(seed);
  const double phase = static_cast<double>(random() % 1000) / 1000;
  InSituSimulation result;
  for (std::int64_t run = 0; run < runs; ++run) {
    const double drift =
        1 + kDrift * std::sin(6.2831853 * (phase + static_cast<double>(run) / kDriftRuns));
    double ns = 0, default_ns = 0, choice_ns = 0;
    policy.begin_run();
    for (std::size_t i = 0; i < network.steps.size(); ++i) {
      SimulatedStep& step = network.steps[i];
      const double disturbance = drift * step.disturbances[random() % step.disturbances.size()];
      const auto [seen, untuned] =
          run_step(step, i, network.problem.layers[step.layer].rows, policy, disturbance);
      ns += seen;
      default_ns += untuned;
    }
    policy.end_run();
    for (std::size_t i = 0; i < network.steps.size(); ++i)
      choice_ns += network.steps[i].kernel_ns[static_cast<std::size_t>(policy.choice(i))];
    result.ratios.push_back(ns / default_ns);
    result.gains.push_back(network.default_ns / choice_ns - 1);
    const TuningProgress progress = policy.progress();
    if (result.settled_run == 0 && progress.settled_layers == progress.layers)
      result.settled_run = run + 1;
  }
  result.best_gain = network.default_ns / network.best_ns - 1;
  result.trial_best_gain = network.default_ns / network.trial_best_ns - 1;
  return result;
}

}  // namespace tilewright::bench
