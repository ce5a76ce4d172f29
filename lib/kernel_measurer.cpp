// SPDX-License-Identifier: Apache-2.0
#include "lib/kernel_measurer.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "runtime/denormals.h"

namespace tilewright {

KernelMeasurer::KernelMeasurer(std::span<const KernelLayer> layers,
                               std::int64_t network_weights_bytes, std::int32_t threads,
                               tuner::FirstTrials* first_trials)
    : layers_(layers),
      threads_(threads),
      timer_(tuner::machine_timer(threads)),
      memory_(network_weights_bytes),
      first_trials_(first_trials) {
  if (threads > 1) pool_.emplace(threads);
}

KernelMeasurer::~KernelMeasurer() = default;

Result<tuner::Measurement> KernelMeasurer::measure(const tuner::Visit& visit) {
  const KernelLayer& layer = layers_[visit.layer];
  TILEWRIGHT_TRY(const Trial trial,
                 memory_.lay_out(*layer.op, layer.candidates[visit.candidate], threads_));
  runtime::BoundStep slice = trial.bound.front();
  const std::int64_t all_rows = slice.rows;
  if (visit.fraction < 1 && all_rows > 0) {
    const std::int64_t panels = (all_rows + slice.granule - 1) / slice.granule;
    const auto wanted =
        static_cast<std::int64_t>(visit.fraction * static_cast<double>(panels) + 0.5);
    // Shares of rows that have nothing to do would make a slice look slower than the whole.
    const std::int64_t least = slice.columns ? 1 : slice.step->sharing.parts;
    slice.rows = std::min(all_rows, std::max(wanted, least) * slice.granule);
  }
  const runtime::Workers workers = pool_ ? pool_->workers() : runtime::Workers{};
  const runtime::FlushDenormals flush_denormals;
  tuner::Visit rounded = visit;
  rounded.fraction =
      all_rows == 0 ? 1 : static_cast<double>(slice.rows) / static_cast<double>(all_rows);
  const auto run = [&]() -> Status {
    memory_.turn_weights(trial, rounded.fraction, slice);
    runtime::run_step(slice, workers);
    return ok();
  };
  tuner::AroundRun around;
  if (first_trials_ != nullptr) {
    around.before = [&] { first_trials_->begin(visit.layer, visit.candidate); };
    around.after = [&] { first_trials_->end(); };
  }
  return tuner::measure_visit(run, rounded, timer_, around);
}

double KernelMeasurer::now_seconds() {
  return timer_.now_seconds();
}

double KernelMeasurer::clock_hz() {
  return timer_.clock_hz();
}

void KernelMeasurer::wait(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace tilewright
