// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "runtime/plan_claims.h"

namespace tilewright::runtime {
namespace {

/// Stores, moves and loads of one step each fill the arena once at most: no plan copies more.
constexpr std::int64_t kMostArenasPerStep = 3;

constexpr std::int64_t kMostTrafficBytes = std::int64_t{1} << 60;

bool may_go(Region from, Region to) {
  switch (to) {
    case Region::Arena:
      return from == Region::Arena || from == Region::External || from == Region::Constants;
    case Region::External:
      return from == Region::Arena;
    case Region::Constants:
    case Region::Packed:
    case Region::Strip:
      return false;
  }
  return false;
}

Status check_transfer(const FlatPlan& plan, const Transfer& transfer, const std::string& where) {
  if (!may_go(transfer.from, transfer.to))
    return broken_claim(where, "bytes that go to or from the fast bank");
  if (transfer.bytes <= 0 ||
      !fits(transfer.from_offset_bytes, transfer.bytes, region_bytes(plan, transfer.from)) ||
      !fits(transfer.to_offset_bytes, transfer.bytes, region_bytes(plan, transfer.to))) {
    return broken_claim(where, "bytes inside both regions");
  }
  return ok();
}

/// Whether `transfers` stand in the order of their steps, of which there are `steps`.
Status check_transfers(const FlatPlan& plan, const std::vector<Transfer>& transfers,
                       std::size_t steps, const std::string& what) {
  std::int32_t step = 0;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    const Transfer& transfer = transfers[i];
    const std::string where = what + " " + std::to_string(i);
    TILEWRIGHT_RETURN_IF_ERROR(check_transfer(plan, transfer, where));
    if (transfer.step < step || static_cast<std::size_t>(transfer.step) > steps)
      return broken_claim(where, "steps of the plan, in their order");
    if (transfer.step > step) bytes = 0;
    step = transfer.step;
    bytes += transfer.bytes;
    if (bytes > kMostArenasPerStep * plan.arena_bytes)
      return broken_claim(where, "a step that copies each byte of the fast bank thrice at most");
  }
  return ok();
}

Status check_preload(const FlatPlan& plan) {
  TILEWRIGHT_RETURN_IF_ERROR(check_transfers(plan, plan.banks->preload, 0, "preload"));
  const auto is_constant = [](const Transfer& transfer) {
    return transfer.from == Region::Constants;
  };
  if (std::ranges::all_of(plan.banks->preload, is_constant)) return ok();
  return broken_claim("preload", "constants alone");
}

/// Counts that nobody can add up to more than 64 bits hold.
Status check_proof(const TrafficProof& proof) {
  for (const std::int64_t bytes : {proof.weights_compulsory_bytes, proof.weights_avoidable_bytes,
                                   proof.activations_compulsory_bytes,
                                   proof.activations_avoidable_bytes, proof.lower_bound_bytes}) {
    if (bytes < 0 || bytes > kMostTrafficBytes)
      return broken_claim("traffic", "counts from 0 to " + std::to_string(kMostTrafficBytes));
  }
  return ok();
}

}  // namespace

std::int64_t region_bytes(const FlatPlan& plan, Region region) {
  switch (region) {
    case Region::Arena:
      return plan.arena_bytes;
    case Region::Constants:
      return static_cast<std::int64_t>(plan.constants.size());
    case Region::External:
      return plan.banks ? plan.banks->external_bytes : 0;
    case Region::Packed:
    case Region::Strip:
      return 0;
  }
  return 0;
}

Status check_banks(const FlatPlan& plan) {
  if (!plan.banks) return ok();
  const BankPlan& banks = *plan.banks;
  if (banks.fast_name.empty() || banks.external_name.empty() ||
      banks.fast_name == banks.external_name) {
    return broken_claim("banks", "two names that differ");
  }
  TILEWRIGHT_RETURN_IF_ERROR(check_proof(banks.proof));
  TILEWRIGHT_RETURN_IF_ERROR(check_preload(plan));
  TILEWRIGHT_RETURN_IF_ERROR(check_transfers(plan, banks.transfers, plan.steps.size(), "transfer"));
  const std::int64_t used = used_bytes(plan, Region::External);
  if (banks.external_bytes - used < kTensorAlignment) return ok();
  return broken_claim("external bank", "the " + std::to_string(used) +
                                           " bytes that are used, got " +
                                           std::to_string(banks.external_bytes));
}

}  // namespace tilewright::runtime
