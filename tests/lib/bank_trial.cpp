// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/bank_trial.h"

#include <algorithm>
#include <cstring>

#include "lib/bank_compile.h"
#include "scheduler/solve.h"
#include "scheduler/traffic/fast_need.h"
#include "scheduler/traffic/timeline.h"

namespace tilewright::tests {
namespace {

using Bytes = std::vector<std::byte>;

/// Bytes read from and written to the external bank in one run, by the solution's transfers.
std::pair<std::int64_t, std::int64_t> planned_bytes(const scheduler::TrafficSolution& solution) {
  std::int64_t read = 0;
  std::int64_t written = 0;
  for (const scheduler::Transfer& transfer : solution.transfers) {
    if (transfer.kind == scheduler::TransferKind::Move) continue;
    (is_read(transfer.kind) ? read : written) += transfer.end_bytes - transfer.begin_bytes;
  }
  return {read, written};
}

void write_inputs(Session& session, const std::vector<Bytes>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    std::copy(inputs[i].begin(), inputs[i].end(), session.input(i).data);
}

std::vector<Bytes> read_outputs(const Session& session, std::size_t count) {
  std::vector<Bytes> outputs;
  for (std::size_t i = 0; i < count; ++i) {
    const TensorView view = session.output(i);
    outputs.emplace_back(view.data, view.data + view.size_bytes());
  }
  return outputs;
}

std::string compare(const std::string& what, std::int64_t got, std::int64_t expected) {
  if (got == expected) return "";
  return what + ": expected " + std::to_string(expected) + " bytes, got " + std::to_string(got) +
         "; ";
}

}  // namespace

std::vector<Bank> two_banks(std::int64_t fast_bytes, std::int64_t granule_bytes) {
  return {{.name = "tcm", .bytes = fast_bytes},
          {.name = "external", .bytes = std::int64_t{1} << 40, .granule_bytes = granule_bytes}};
}

std::vector<std::int64_t> fast_sizes(const Model& model, CompileOptions options) {
  options.banks.clear();
  auto of_model = model_problem(model, options, ProblemConstants::Listed);
  if (!of_model) return {};
  scheduler::Problem* const problem = &of_model->problem;
  problem->banks = two_banks(1);
  problem->stream_constants = options.planner.stream_weights;
  const std::int64_t least = scheduler::fast_need(*problem).bytes;
  // Constants that lie in fast memory while their op runs are like scratch.
  scheduler::Problem flat = *problem;
  for (scheduler::Op& op : flat.ops) {
    for (const scheduler::StorageId id : op.reads) {
      if (!flat.storages[scheduler::index(id)].constant || flat.stream_constants) continue;
      op.scratch_bytes += scheduler::aligned_bytes(flat, id);
    }
  }
  const auto solution = scheduler::solve(flat);
  const std::int64_t enough = solution ? solution->peak_lower_bound_bytes : least;
  std::vector<std::int64_t> sizes = {least, (least + enough) / 2 / 64 * 64, enough - 64};
  std::erase_if(sizes, [&](std::int64_t bytes) { return bytes < least; });
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

std::string difference(const BankTrial& trial) {
  GuardedBanks banks(trial.compilation.plan);
  auto session = Session::create(banks.plan(), banks.options());
  if (!session) return session.error().message;
  const std::vector<BankTraffic> before = session->traffic();
  banks.loaded_bytes = 0;
  banks.stored_bytes = 0;
  for (int i = 0; i < trial.runs; ++i) {
    banks.open();
    write_inputs(*session, trial.inputs);
    banks.close();
    const Status status = session->run();
    banks.open();
    if (!status) return status.error().message;
    if (read_outputs(*session, trial.expected.size()) != trial.expected)
      return "run " + std::to_string(i) + ": other outputs";
  }
  const auto [read, written] = planned_bytes(*trial.compilation.traffic);
  const std::int64_t measured_read = session->traffic()[1].read_bytes - before[1].read_bytes;
  const std::int64_t measured_written =
      session->traffic()[1].written_bytes - before[1].written_bytes;
  return compare("executor read", measured_read, trial.runs * read) +
         compare("executor wrote", measured_written, trial.runs * written) +
         compare("guard saw read", banks.loaded_bytes, trial.runs * read) +
         compare("guard saw written", banks.stored_bytes, trial.runs * written) +
         compare("plan says", trial.compilation.plan.traffic().total_bytes(), read + written);
}

Result<std::vector<Bytes>> run_once(const Plan& plan, const std::vector<Bytes>& inputs) {
  TILEWRIGHT_TRY(Session session, Session::create(plan));
  write_inputs(session, inputs);
  TILEWRIGHT_RETURN_IF_ERROR(session.run());
  return read_outputs(session, plan.outputs().size());
}

std::vector<Bytes> random_inputs(const Plan& plan) {
  std::uint32_t state = 1;
  std::vector<Bytes> inputs;
  for (const TensorSpec& spec : plan.inputs()) {
    Bytes& bytes = inputs.emplace_back(static_cast<std::size_t>(spec.size_bytes()));
    if (spec.dtype != DType::Float32) continue;
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(float)) {
      state = state * 1664525U + 1013904223U;
      const float value = static_cast<float>(state >> 8) / 8388608.0F - 1.0F;
      std::memcpy(&bytes[i], &value, sizeof value);
    }
  }
  return inputs;
}

}  // namespace tilewright::tests
