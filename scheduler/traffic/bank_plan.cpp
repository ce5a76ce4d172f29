// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/bank_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "scheduler/traffic/bank_level.h"
#include "scheduler/traffic/traffic_bound.h"

namespace tilewright::scheduler {
namespace {

/// What crosses the border of the first bank, all of it to and from the next one for now.
std::vector<BankTransfer> outer_transfers(const TrafficSolution& solution) {
  std::vector<BankTransfer> result;
  for (std::size_t i = 0; i < solution.transfers.size(); ++i) {
    const Transfer& transfer = solution.transfers[i];
    if (transfer.kind == TransferKind::Move) continue;
    const bool reads = is_read(transfer.kind);
    result.push_back({i, reads ? kOutside : 0, reads ? 0 : kOutside, transfer.storage,
                      transfer.begin_bytes, transfer.end_bytes});
  }
  return result;
}

double transfer_us(const Problem& problem, const BankTransfer& transfer) {
  const std::size_t outer =
      std::min(std::max(transfer.from, transfer.to), problem.banks.size() - 1);
  const Bank& bank = problem.banks[outer];
  const auto bytes = static_cast<double>(transfer.end_bytes - transfer.begin_bytes);
  if (transfer.from == transfer.to) {
    return bytes / std::min(bank.read_bytes_per_us, bank.write_bytes_per_us);
  }
  const bool reads = transfer.from > transfer.to;
  return bytes / (reads ? bank.read_bytes_per_us : bank.write_bytes_per_us);
}

double total_us(const Problem& problem, const std::vector<BankTransfer>& transfers) {
  double us = 0;
  for (const BankTransfer& transfer : transfers)
    us += transfer_us(problem, transfer);
  return us;
}

/// Bytes that cross the border of the first `count` banks in every plan.
std::int64_t crossing_bytes(const Problem& problem, const TrafficSolution& solution,
                            std::size_t count) {
  if (count == 1) return solution.lower_bound_bytes;
  Problem merged = problem;
  merged.banks.erase(merged.banks.begin() + 1, merged.banks.begin() + static_cast<int>(count));
  for (std::size_t bank = 1; bank < count; ++bank)
    merged.banks.front().bytes += std::min(problem.banks[bank].bytes, kMaxTotalBytes);
  const Dependencies lists = dependencies(merged);
  const std::vector<OpId> order = least_need_order(merged, lists, 20'000);
  const std::int64_t units = traffic_bound(merged, lists, order).units();
  return solution.weights.compulsory + solution.activations.compulsory +
         units * transfer_unit(problem);
}

double lower_bound_us(const Problem& problem, const TrafficSolution& solution) {
  const std::size_t last = problem.banks.size() - 1;
  std::vector<double> speed(problem.banks.size() + 1, 0);
  for (std::size_t bank = last; bank >= 1; --bank) {
    const Bank& its = problem.banks[bank];
    speed[bank] = std::max({speed[bank + 1], its.read_bytes_per_us, its.write_bytes_per_us});
  }
  double us = 0;
  for (std::size_t bank = 1; bank <= last; ++bank) {
    const double more_us = 1 / speed[bank] - (bank > 1 ? 1 / speed[bank - 1] : 0);
    if (more_us <= 0) continue;
    us += more_us * static_cast<double>(crossing_bytes(problem, solution, bank));
  }
  return us;
}

}  // namespace

BankPlan plan_banks(const Problem& problem, const TrafficSolution& solution) {
  BankPlan plan;
  plan.transfers = outer_transfers(solution);
  plan.transfer_us = total_us(problem, plan.transfers);
  for (std::size_t bank = 1; bank + 1 < problem.banks.size(); ++bank) {
    BankLevel level = fill_bank(problem, bank, plan.transfers);
    const double us = total_us(problem, level.transfers);
    if (us >= plan.transfer_us) continue;
    plan.transfers = std::move(level.transfers);
    plan.transfer_us = us;
    plan.pieces.insert(plan.pieces.end(), level.pieces.begin(), level.pieces.end());
  }
  const std::size_t last = problem.banks.size() - 1;
  for (BankTransfer& transfer : plan.transfers) {
    transfer.from = std::min(transfer.from, last);
    transfer.to = std::min(transfer.to, last);
  }
  plan.lower_bound_us = std::min(lower_bound_us(problem, solution), plan.transfer_us);
  return plan;
}

}  // namespace tilewright::scheduler
